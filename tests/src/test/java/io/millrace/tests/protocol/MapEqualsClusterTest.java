package io.millrace.tests.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.hash.ColdPolicy;
import io.millrace.hash.MapVersion;
import io.millrace.tests.Commands;
import io.millrace.tests.SmallStream;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Law: the maps of a run are what {@code millrace cluster} makes of the values and counts that the
 * run wrote beside them, row for row.
 */
class MapEqualsClusterTest {

  private static final int DAYS = 3;
  private static final int COMPRESSED_FIELDS = 6;

  /** Internal tables of the job's learned maps: two of one, and two of one for each dimension. */
  private static final int TABLES = 1 + 1 + 2 + 2;

  @TempDir Path folder;

  @Test
  void withTheDefaults() throws IOException {
    trainAndCompare(List.of(), "cold: reserve", "reserve: 0.2");
  }

  @Test
  void withOtherOptions() throws IOException {
    trainAndCompare(
        List.of(
            "--merges-per-step=7",
            "--max-cluster-size=12",
            "--filters=no_freq",
            "--value-rule=arith",
            "--freq-tie=index",
            "--norm=initial",
            "--cap-test=lt",
            "--chain-split=greedy",
            "--rounding=floor",
            "--truncate=false"),
        "cold: hash",
        "value: maxvar",
        "cluster: {merges_per_step: 7, max_cluster_size: 12, filters: no_freq, value_rule: arith,"
            + " freq_tie: index, norm: initial, cap_test: lt, chain_split: greedy, rounding: floor,"
            + " truncate: false}");
  }

  private void trainAndCompare(List<String> options, String... hash) throws IOException {
    List<String> section = new ArrayList<>(List.of(hash));
    section.add("dump_inputs: true");
    Path job = SmallStream.writeJob(folder, section.toArray(String[]::new));
    Path events = SmallStream.writeEvents(folder, DAYS);
    Path run = folder.resolve("run");
    Commands.succeed("train", "--job", job, "--events", events, "--run-dir", run);
    List<Path> dumped = files(run.resolve("maps"), ".csv");
    assertThat(dumped).hasSize(DAYS * COMPRESSED_FIELDS * TABLES);
    for (Path table : dumped) {
      compare(table, options);
    }
  }

  private void compare(Path table, List<String> options) throws IOException {
    MapVersion map = read(Path.of(table.toString().replaceAll("(\\.\\d)?\\.csv$", ".map")));
    int lookup =
        map.lookups() == 1 ? 0 : table.toString().charAt(table.toString().length() - 5) - '0';
    int first = map.tableStarts()[lookup];
    List<Object> command = new ArrayList<>(List.of("cluster", "--input", table));
    Path output = folder.resolve("rows.csv");
    command.addAll(List.of("--output", output, "--rows", clusteredRows(map)));
    command.addAll(options);
    Commands.succeed(command.toArray());

    List<String> published = new ArrayList<>(List.of("id,row"));
    int[] rows = new int[map.lookups()];
    for (int i = 0; i < map.size(); i++) {
      map.rows(i, rows);
      published.add(map.id(i) + "," + (rows[lookup] - first));
    }
    assertThat(published).as(table.toString()).isEqualTo(SmallStream.lines(output));
  }

  /** All rows of an internal table but those that are reserved. */
  private static int clusteredRows(MapVersion map) {
    MapVersion.Header header = map.header();
    return header.cold() == ColdPolicy.RESERVE ? header.coldFirst() : header.rows() / map.lookups();
  }

  private static MapVersion read(Path file) throws IOException {
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      return MapVersion.readFrom(in, file.toString());
    }
  }

  private static List<Path> files(Path root, String ending) throws IOException {
    try (Stream<Path> all = Files.walk(root)) {
      return all.filter(file -> file.toString().endsWith(ending)).sorted().toList();
    }
  }
}
