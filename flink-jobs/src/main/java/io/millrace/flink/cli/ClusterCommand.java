package io.millrace.flink.cli;

import io.millrace.cluster.ClusterOptions;
import io.millrace.cluster.Clustering;
import io.millrace.cluster.FastClustering;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code millrace cluster}: learns a hash from a table of ids, values and counts, such as the job
 * writes with {@code hash.dump_inputs}.
 */
@Command(
    name = "cluster",
    description = "Learns a hash: clusters ids by value into rows.",
    showDefaultValues = true,
    footer = {
      "",
      "The input is CSV with the header id,value,count; the output has the header id,row in the"
          + " same order. Row numbers ascend with value; equal values keep the order of the file."
          + " Files that end in .gz are compressed.",
      "",
      "Example:",
      "  millrace cluster --input ids.csv --output map.csv --rows 1000 --stats stats.json"
    })
final class ClusterCommand extends Subcommand {

  @Option(names = "--input", required = true, paramLabel = "FILE", description = "id,value,count")
  private Path input;

  @Option(names = "--output", required = true, paramLabel = "FILE", description = "id,row")
  private Path output;

  @Option(names = "--rows", required = true, paramLabel = "N", description = "number of rows")
  private int rows;

  @Option(
      names = "--merges-per-step",
      paramLabel = "K|auto",
      defaultValue = "auto",
      description = "most merges in a step; auto is (ids - rows) / 100")
  private String mergesPerStep;

  @Option(
      names = "--max-cluster-size",
      paramLabel = "S|auto|none",
      defaultValue = "auto",
      description = "soft cap on the ids of a row; auto is 4 ids / rows")
  private String maxClusterSize;

  @Option(
      names = "--filters",
      paramLabel = "NAME",
      defaultValue = "paper",
      description = {
        "paper, no_freq, no_size, no_dist, freq_only, dist_only, size_only, dist_freq_size,"
            + " dist_size_freq, size_freq_dist, size_dist_freq, freq_size_dist,"
            + " or a list with budgets such as freq:2,dist:1.5,size:1"
      })
  private String filters;

  @Option(
      names = "--value-rule",
      paramLabel = "RULE",
      defaultValue = "count",
      description = "weights of a merged value: count, arith or size")
  private String valueRule;

  @Option(
      names = "--freq-tie",
      paramLabel = "ORDER",
      defaultValue = "dist",
      description = "order of pairs of equal frequency: index or dist")
  private String freqTie;

  @Option(
      names = "--norm",
      paramLabel = "WHEN",
      defaultValue = "step",
      description = "when the norm of the counts is computed: in each step, or once (initial)")
  private String norm;

  @Option(
      names = "--cap-test",
      paramLabel = "TEST",
      defaultValue = "le",
      description = "which sizes the cap allows: le or lt")
  private String capTest;

  @Option(
      names = "--chain-split",
      paramLabel = "HOW",
      defaultValue = "pairs",
      description = "how a chain beyond the cap is split: pairs or greedy")
  private String chainSplit;

  @Option(
      names = "--rounding",
      paramLabel = "HOW",
      defaultValue = "ceil",
      description = "rounding of a filter's budget: ceil or floor")
  private String rounding;

  @Option(
      names = "--truncate",
      paramLabel = "BOOL",
      arity = "0..1",
      defaultValue = "true",
      fallbackValue = "true",
      description = "whether a step makes at most --merges-per-step merges: true or false")
  private String truncate;

  @Option(
      names = "--pair-range",
      paramLabel = "RANGE",
      defaultValue = "all",
      description = {
        "which neighbours are pairs: all, or paper_exclusive, which never merges the last one, only"
            + " to show the paper's loop bound"
      })
  private String pairRange;

  @Option(
      names = "--stats",
      paramLabel = "FILE",
      description = "writes JSON: steps, fallback_steps, rows, largest_row, seconds")
  private Path stats;

  @Override
  void run() throws IOException {
    ClusterOptions options = options();
    if (rows < 1) {
      throw new IllegalArgumentException("--rows must be >= 1 but was " + rows);
    }
    OutputFile.check("--output", output);
    if (stats != null) {
      OutputFile.check("--stats", stats);
    }
    ClusterTable table = ClusterTable.read(input);
    long start = System.nanoTime();
    Clustering clustering = cluster(table, options);
    double seconds = (System.nanoTime() - start) / 1e9;
    table.writeRows(output, clustering.rowOf());
    if (stats != null) {
      writeStats(clustering, seconds);
    }
    out().println(summary(table.size(), clustering, seconds));
  }

  private Clustering cluster(ClusterTable table, ClusterOptions options) {
    int all = table.size() - rows;
    try (Progress progress = Progress.start("cluster", "merges", out())) {
      return new FastClustering(
              left -> progress.at(1 - (double) (left - rows) / all, table.size() - left))
          .cluster(table.values(), table.counts(), rows, options);
    }
  }

  private ClusterOptions options() {
    return ClusterOptions.DEFAULT
        .with("merges-per-step", mergesPerStep)
        .with("max-cluster-size", maxClusterSize)
        .with("filters", filters)
        .with("value-rule", valueRule)
        .with("freq-tie", freqTie)
        .with("norm", norm)
        .with("cap-test", capTest)
        .with("chain-split", chainSplit)
        .with("rounding", rounding)
        .with("truncate", truncate)
        .with("pair-range", pairRange);
  }

  private static String summary(int ids, Clustering clustering, double seconds) {
    return String.format(
        Locale.ROOT,
        "%d ids in %d rows after %d steps; the largest row has %d ids; %.2f s",
        ids,
        clustering.rows(),
        clustering.steps(),
        clustering.largestRow(),
        seconds);
  }

  private void writeStats(Clustering clustering, double seconds) throws IOException {
    String json =
        String.format(
            Locale.ROOT,
            "{\"steps\": %d, \"fallback_steps\": %d, \"rows\": %d, \"largest_row\": %d,"
                + " \"seconds\": %.6f}%n",
            clustering.steps(),
            clustering.fallbackSteps(),
            clustering.rows(),
            clustering.largestRow(),
            seconds);
    Files.writeString(stats, json);
  }
}
