package io.millrace.flink.graph;

import java.util.Optional;
import org.apache.flink.configuration.HighAvailabilityOptions;
import org.apache.flink.configuration.ReadableConfig;
import org.apache.flink.configuration.StateRecoveryOptions;

/**
 * How a cluster restores a job whose command it starts once more: from its newest checkpoint, if
 * the cluster keeps the place of that (high availability), else from the savepoint that {@code
 * flink run -s} or an operator for Kubernetes names in Flink's settings.
 *
 * @param cluster settings of the cluster
 */
public record ClusterRestore(ReadableConfig cluster) {

  private static final String NONE = "NONE";

  /**
   * Checks that Flink restores something.
   *
   * @throws IllegalArgumentException if the job would begin anew
   */
  public void check() {
    if (!highAvailability() && place().isEmpty()) {
      throw new IllegalArgumentException(
          "--continue needs a cluster that restores the job, with %s or a savepoint in %s, but both were unset: the job would begin anew in the directory of a run"
              .formatted(
                  HighAvailabilityOptions.HA_MODE.key(),
                  StateRecoveryOptions.SAVEPOINT_PATH.key()));
    }
  }

  private boolean highAvailability() {
    return !NONE.equalsIgnoreCase(cluster.get(HighAvailabilityOptions.HA_MODE));
  }

  private Optional<String> place() {
    return cluster.getOptional(StateRecoveryOptions.SAVEPOINT_PATH);
  }

  /**
   * The savepoint that is named, if this process can read it. An operator may name one that does
   * not exist, where the newest checkpoint is meant.
   */
  public Optional<Savepoint> savepoint() {
    return place().map(Savepoint::new).filter(Savepoint::readable);
  }
}
