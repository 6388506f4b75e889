package io.millrace.runs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.event.WindowSpec;
import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.hash.RowRange;
import io.millrace.time.MapGrid;
import io.millrace.watch.Refreshes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MapFolderTest {
  private static final String SPEC = "learned-0.1";
  private static final String FIELD = "ad/../id";
  private static final MapGrid PARTS = new MapGrid(WindowSpec.tumbling(1000), 24);

  @TempDir Path root;

  private MapFolder folder;

  @BeforeEach
  void open() {
    folder = new MapFolder(root);
  }

  private static MapVersion map(int window) {
    MapVersion.Header header =
        new MapVersion.Header(
            FIELD,
            SPEC,
            window,
            10L * (window - 1),
            10L * window,
            4,
            MapVersion.Kind.LEARNED,
            ColdPolicy.HASH,
            List.of(new RowRange(0, 4)),
            1,
            4,
            0,
            "");
    return new MapVersion(header, new long[] {window}, new int[] {1}, new double[] {1});
  }

  // Law: the newest windows keep their maps, whatever came before them; later ones are not touched.
  @Test
  void oldMapsAreDeleted() throws IOException {
    for (int window = 1; window <= 5; window++) {
      folder.store(map(window));
    }
    folder.skip(SPEC, FIELD, 60);
    Path dump = Files.createFile(dir().resolve(map(1).fileName().replace(".map", ".csv")));
    folder.prune(map(4), 2, Long.MAX_VALUE);
    assertThat(dump).doesNotExist();
    for (int window = 1; window <= 6; window++) {
      assertThat(folder.decided(SPEC, FIELD, 10L * window)).isEqualTo(window > 2);
    }
    assertThat(folder.find(SPEC, FIELD, 30)).hasValueSatisfying(m -> assertThat(m.size()).isOne());
    assertThat(folder.newestEnd(SPEC, FIELD, Long.MAX_VALUE)).isEqualTo(50);
    try (Stream<Path> files = Files.list(dir())) {
      assertThat(files).hasSize(4 + 3);
    }
  }

  // Law: a map that any student may still ask for stays; one that has not said may ask for all.
  @Test
  void neededMapsStay() throws IOException {
    for (int window = 1; window <= 5; window++) {
      folder.store(map(window));
    }
    folder.need("a", 30);
    assertThat(folder.neededFrom(List.of("a", "b"))).isEqualTo(Long.MIN_VALUE);
    folder.prune(map(5), 1, folder.neededFrom(List.of("a", "b")));
    assertThat(folder.decided(SPEC, FIELD, 10)).isTrue();
    folder.need("b", 40);
    assertThat(folder.neededFrom(List.of("a", "b"))).isEqualTo(30);
    folder.prune(map(5), 1, 30);
    assertThat(folder.decided(SPEC, FIELD, 20)).isFalse();
    assertThat(folder.decided(SPEC, FIELD, 30)).isTrue();
    folder.need("a", 50);
    assertThat(folder.neededFrom(List.of("a", "b"))).isEqualTo(40);
    Files.writeString(root.resolve("needed-a"), "soon");
    assertThatThrownBy(() -> folder.neededFrom(List.of("a")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("needed-a: must hold a number but holds 'soon'");
  }

  // Law: from when on students are live is set once.
  @Test
  void theFirstEndOfWaitingStays() throws IOException {
    assertThat(folder.live()).isEmpty();
    assertThat(folder.goLive(Long.MIN_VALUE)).isEqualTo(Long.MIN_VALUE);
    assertThat(folder.goLive(7)).isEqualTo(Long.MIN_VALUE);
    assertThat(folder.live()).hasValue(Long.MIN_VALUE);
    Files.writeString(root.resolve("live"), "now");
    assertThatThrownBy(folder::live)
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith(
            "live: must hold a number but holds 'now'; delete it, and the job decides anew");
  }

  // Law: what is decided is read as it was written, by those that look while more is; before that
  // there is nothing, and maps are not touched by it.
  @Test
  void decisionsAreReadAsWritten() throws IOException {
    MapFolder below = new MapFolder(root.resolve("maps"));
    assertThat(below.refreshes(PARTS)).isEmpty();
    for (Refreshes refreshes :
        List.of(
            new Refreshes(PARTS, -7, Long.MIN_VALUE, new TreeSet<>()),
            new Refreshes(PARTS, 100, 47, new TreeSet<>(List.of(-3L, 50L, 99L, 120L))),
            new Refreshes(PARTS, Long.MAX_VALUE, Long.MAX_VALUE, new TreeSet<>(List.of(5L))))) {
      below.decide(refreshes);
      assertThat(below.refreshes(PARTS)).contains(refreshes);
    }
    try (Stream<Path> files = Files.list(root.resolve("maps"))) {
      assertThat(files).containsExactly(root.resolve("maps/refreshes"));
    }
  }

  @Test
  void damagedDecisionsAreTold() throws IOException {
    Path file = root.resolve("refreshes");
    for (String text : List.of("", "5", "5\nsoon", "5\n6\n")) {
      Files.writeString(file, text);
      if (text.endsWith("6\n")) {
        assertThat(folder.refreshes(PARTS)).contains(new Refreshes(PARTS, 5, 6, new TreeSet<>()));
      } else {
        assertThatThrownBy(() -> folder.refreshes(PARTS))
            .isInstanceOf(IOException.class)
            .hasMessage(
                file + ": must hold at least two numbers, a line each, but holds '" + text + "'");
      }
    }
  }

  // Law: nothing outside of the folder is read, whatever names stand in it.
  @Test
  void namesDoNotLeadOut() throws IOException {
    folder.store(map(1));
    assertThat(dir().toRealPath()).startsWith(root.toRealPath());
    assertThat(dir()).hasParent(root.resolve(SPEC));
    Path end = dir().resolve("end-20");
    Files.writeString(end, "../../../secret.map");
    assertThatThrownBy(() -> folder.find(SPEC, FIELD, 20))
        .isInstanceOf(IOException.class)
        .hasMessage(end + ": must name a map of its folder but holds '../../../secret.map'");
  }

  private Path dir() {
    return root.resolve(MapFolder.folder(SPEC, FIELD));
  }
}
