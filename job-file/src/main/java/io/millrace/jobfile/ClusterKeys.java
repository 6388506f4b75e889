package io.millrace.jobfile;

import static io.millrace.jobfile.Kind.choice;
import static io.millrace.jobfile.Kind.text;

import io.millrace.cluster.ClusterOptions;
import java.util.List;

/**
 * Keys of the section {@code hash.cluster}: options of the clustering, which {@link
 * ClusterOptions#with} parses.
 */
final class ClusterKeys {

  static final Keys KEYS = new Keys("hash.cluster");

  private static final List<ConfigKey<String>> OPTIONS =
      List.of(
          KEYS.key("merges_per_step", "auto", text())
              .doc(
                  "greatest number of merges in a step: a number, or auto for ceil((n - rows) /"
                      + " 100)"),
          KEYS.key("max_cluster_size", "auto", text())
              .doc("soft cap on the ids of a row: a number, none, or auto for ceil(4 n / rows)"),
          KEYS.key("filters", "paper", text())
              .doc("sequence of filters, as for millrace cluster --filters"),
          KEYS.key("value_rule", "count", choice("count", "arith", "size"))
              .doc(
                  "value of a merged cluster: mean weighted by count, unweighted mean, or mean"
                      + " weighted by number of ids"),
          KEYS.key("norm", "step", choice("step", "initial"))
              .doc("when the norm of the counts is computed: in each step, or once at the start"),
          KEYS.key("rounding", "ceil", choice("ceil", "floor"))
              .doc("how a filter's budget is rounded"),
          KEYS.key("cap_test", "le", choice("le", "lt"))
              .doc("whether a cluster of exactly the cap is allowed (le) or not (lt)"),
          KEYS.key("chain_split", "pairs", choice("pairs", "greedy"))
              .doc("how a chain of merges that exceeds the cap is split"),
          KEYS.key("truncate", "true", choice("true", "false"))
              .doc("whether a step stops once it has made the number of merges needed"),
          KEYS.key("pair_range", "all", choice("all", "paper_exclusive"))
              .doc(
                  "which neighbours are pairs; paper_exclusive only demonstrates the loop bound of"
                      + " the paper"),
          KEYS.key("freq_tie", "dist", choice("dist", "index"))
              .doc("order of pairs with equal frequency: by distance, or by index"));

  private ClusterKeys() {}

  static ClusterOptions read(ConfigSection in) {
    ClusterOptions options = ClusterOptions.DEFAULT;
    for (ConfigKey<String> key : OPTIONS) {
      ClusterOptions before = options;
      String value = in.get(key);
      options = in.checked(() -> before.with(key.name(), value));
    }
    return options;
  }
}
