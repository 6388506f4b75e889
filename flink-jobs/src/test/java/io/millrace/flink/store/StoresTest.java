package io.millrace.flink.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.millrace.store.ObjectStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoresTest {

  @TempDir Path folder;

  // Law: a path and the URIs of the same file are one place.
  @Test
  void filesHaveThreeForms() throws IOException {
    Path named = folder.resolve("a b%2F");
    for (String place : new String[] {"" + named, "file:" + named, "file://" + named}) {
      assertThat(Stores.isRemote(place)).isFalse();
      assertThat(Stores.local(place)).isEqualTo(named);
      ObjectStore store = Stores.open(place);
      store.overwrite("x", ObjectStore.Content.of(place.getBytes(UTF_8)));
      assertThat(Files.readString(named.resolve("x"))).isEqualTo(place);
    }
    assertThat(Stores.local("file://localhost/data/x")).isEqualTo(Path.of("/data/x"));
    assertThat(Stores.local("runs/a")).isEqualTo(Path.of("runs/a"));
  }

  // Law: a store without a file system is named, with what to do.
  @ParameterizedTest
  @ValueSource(strings = {"s3://bucket/a", "gs://bucket/a", "hdfs:///a"})
  void aStoreThatIsNotThereIsNamed(String place) {
    assertThat(Stores.isRemote(place)).isTrue();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Stores.local(place))
        .withMessage("must be a path or a file: URI but was '" + place + "'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Stores.open(place))
        .withMessageContaining("'" + place + "' cannot be opened: there is no file system for ")
        .withMessageContaining("FLINK_PLUGINS_DIR");
  }
}
