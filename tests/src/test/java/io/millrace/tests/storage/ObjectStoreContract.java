package io.millrace.tests.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.store.ObjectStore;
import io.millrace.store.ObjectStore.Content;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.NoSuchFileException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What every object store must do. */
abstract class ObjectStoreContract {

  /** A store in which nothing is, another one for each test. */
  abstract ObjectStore store() throws IOException;

  /** Whether of several writers of one key at the same time exactly one wins. */
  abstract boolean oneWriterWins();

  private static Content text(String text) {
    return Content.of(text.getBytes(UTF_8));
  }

  private static String text(ObjectStore store, String key) throws IOException {
    return new String(store.read(key), UTF_8);
  }

  // Law: what was written is read, every byte of it, also from a stream in parts.
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 1021, 1 << 16, 300_007})
  void whatWasWrittenIsRead(int length) throws IOException {
    byte[] bytes = new byte[length];
    for (int i = 0; i < length; i++) {
      bytes[i] = (byte) (i * 31 + (i >> 8));
    }
    ObjectStore store = store();
    assertThat(store.putIfAbsent("a/b", Content.of(bytes))).isTrue();
    store.overwrite("c", out -> writeInParts(bytes, out));
    assertThat(store.read("a/b")).isEqualTo(bytes);
    try (InputStream in = store.open("c")) {
      int half = length / 2;
      assertThat(in.readNBytes(half)).isEqualTo(Arrays.copyOf(bytes, half));
      assertThat(in.readAllBytes()).isEqualTo(Arrays.copyOfRange(bytes, half, length));
    }
  }

  private static void writeInParts(byte[] bytes, java.io.OutputStream out) throws IOException {
    for (int from = 0; from < bytes.length; from += 1021) {
      out.write(bytes, from, Math.min(1021, bytes.length - from));
    }
  }

  // Law: the first one that is put wins; one that is overwritten is replaced whole.
  @Test
  void firstWinsUnlessOverwritten() throws IOException {
    ObjectStore store = store();
    assertThat(store.putIfAbsent("end-7", text("the first"))).isTrue();
    assertThat(store.putIfAbsent("end-7", text("another"))).isFalse();
    assertThat(text(store, "end-7")).isEqualTo("the first");
    store.overwrite("end-7", text("v2"));
    assertThat(text(store, "end-7")).isEqualTo("v2");
    store.delete("end-7");
    assertThat(store.putIfAbsent("end-7", text("again"))).isTrue();
    assertThat(text(store, "end-7")).isEqualTo("again");
  }

  // Law: content that fails in the middle changes nothing.
  @Test
  void failedContentLeavesNothing() throws IOException {
    ObjectStore store = store();
    store.overwrite("pointer", text("old"));
    Content fails =
        out -> {
          out.write(new byte[100_000]);
          throw new IOException("no more");
        };
    assertThatThrownBy(() -> store.overwrite("pointer", fails)).hasMessage("no more");
    assertThatThrownBy(() -> store.putIfAbsent("x/new", fails)).hasMessage("no more");
    assertThat(text(store, "pointer")).isEqualTo("old");
    assertThat(store.exists("x/new")).isFalse();
    assertThat(store.list("x")).isEmpty();
    assertThat(store.list("")).contains("pointer").allMatch(name -> name.matches("pointer|x/"));
  }

  // Law: what is not there is named when it is read; deleting it, and listing it, is no error.
  @Test
  void whatIsMissingIsNamed() throws IOException {
    ObjectStore store = store();
    store.overwrite("folder/object", text("x"));
    for (String key : List.of("absent", "folder", "folder/absent", "folder/object/below")) {
      assertThat(store.exists(key)).isFalse();
      assertThatThrownBy(() -> store.read(key))
          .isInstanceOf(IOException.class)
          .hasMessageContaining(store.place(key));
    }
    for (String key : List.of("absent", "folder", "folder/absent")) {
      assertThatThrownBy(() -> store.read(key)).isInstanceOf(NoSuchFileException.class);
    }
    store.delete("absent");
    store.delete("nowhere/absent");
    assertThat(store.list("absent")).isEmpty();
    assertThat(store.list("folder/object")).isEmpty();
  }

  // Law: a list names what is directly in a folder, sorted, and no name that begins with a dot.
  @Test
  void listsNameWhatIsThere() throws IOException {
    ObjectStore store = store();
    assertThat(store.list("")).isEmpty();
    for (String key : List.of("b", "a/2", "a/10", "a/c/d/e", "c.d/x", ".hidden", "a/.hidden")) {
      store.overwrite(key, text(key));
    }
    assertThat(store.list("")).containsExactly("a/", "b", "c.d/");
    assertThat(store.list("a")).containsExactly("10", "2", "c/");
    assertThat(store.list("a/c")).containsExactly("d/");
    store.delete("a/2");
    assertThat(store.list("a")).containsExactly("10", "c/");
    store.delete("a/c/d/e");
    assertThat(store.list("a/c/d")).isEmpty();
  }

  // Law: names are what they are, with blanks, signs, and escapes that are none.
  @Test
  void namesKeepTheirCharacters() throws IOException {
    ObjectStore store = store();
    List<String> names = List.of("ad%2F%2E.%2Fid", "a b+c", "größe", "x=1&y#2?", "v00003-9f.map");
    for (String name : names) {
      store.overwrite("spec-0.1/" + name + "/end-1", text(name));
    }
    assertThat(store.list("spec-0.1"))
        .containsExactlyInAnyOrderElementsOf(names.stream().map(name -> name + "/").toList());
    for (String name : names) {
      assertThat(text(store, "spec-0.1/" + name + "/end-1")).isEqualTo(name);
      assertThat(store.list("spec-0.1/" + name)).containsExactly("end-1");
    }
  }

  // Law: no key leads out of the store, or has two forms.
  @ParameterizedTest
  @ValueSource(strings = {"", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/./b"})
  void keysThatAreNoneAreRefused(String key) throws IOException {
    ObjectStore store = store();
    String message =
        "a key must be names with / between them, none of them empty, . or .., but was '%s'"
            .formatted(key);
    assertThatIllegalArgumentException().isThrownBy(() -> store.read(key)).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> store.exists(key)).withMessage(message);
    assertThatIllegalArgumentException().isThrownBy(() -> store.delete(key)).withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.overwrite(key, text("x")))
        .withMessage(message);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> store.putIfAbsent(key, text("x")))
        .withMessage(message);
    assertThat(store.list("")).isEmpty();
  }

  // Law: a reader of a pointer that is overwritten sees one of its values, never a part or none.
  @Test
  void readersSeeWholeObjects() throws Exception {
    ObjectStore store = store();
    String[] values = {"a".repeat(20_000), "b".repeat(40_000)};
    store.overwrite("LATEST", text(values[0]));
    ExecutorService reader = Executors.newSingleThreadExecutor();
    try {
      CountDownLatch written = new CountDownLatch(1);
      Future<Integer> reads =
          reader.submit(
              () -> {
                int n = 0;
                for (; n < 3 || written.getCount() > 0; n++) {
                  assertThat(values).contains(text(store, "LATEST"));
                }
                return n;
              });
      for (int i = 1; i <= 40; i++) {
        store.overwrite("LATEST", text(values[i % 2]));
      }
      written.countDown();
      assertThat(reads.get()).isGreaterThanOrEqualTo(3);
    } finally {
      reader.shutdownNow();
    }
  }

  // Law: of writers at the same time one object stays whole; where the store can, one writer wins.
  @Test
  void oneObjectStays() throws Exception {
    ObjectStore store = store();
    ExecutorService writers = Executors.newFixedThreadPool(4);
    try {
      for (int round = 0; round < 10; round++) {
        String key = "end-" + round;
        List<Callable<Boolean>> puts = new ArrayList<>();
        for (int w = 0; w < 4; w++) {
          String value = Integer.toString(w).repeat(1 + 10_000 * w);
          puts.add(() -> store.putIfAbsent(key, text(value)));
        }
        int won = 0;
        for (Future<Boolean> put : writers.invokeAll(puts)) {
          won += put.get() ? 1 : 0;
        }
        assertThat(won).isBetween(1, oneWriterWins() ? 1 : 4);
        String stays = text(store, key);
        int winner = stays.charAt(0) - '0';
        assertThat(stays).isEqualTo(Integer.toString(winner).repeat(1 + 10_000 * winner));
      }
    } finally {
      writers.shutdownNow();
    }
  }
}
