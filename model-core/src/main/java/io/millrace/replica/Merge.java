package io.millrace.replica;

/**
 * The rows that replicas have changed in an interval, and the dense part, in the merged model.
 *
 * <p>Values are absolute: to take a merge twice is the same as once.
 *
 * @param interval number of the interval
 * @param values after the merge
 */
public record Merge(long interval, ModelValues values) {

  /** Number of rows and slots. */
  public long rows() {
    return values.rows().stream().mapToLong(set -> set.keys().length).sum();
  }
}
