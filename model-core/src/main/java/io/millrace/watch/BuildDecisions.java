package io.millrace.watch;

/**
 * The refresh decisions: at the ends of which sub-windows, of {@link io.millrace.time.MapGrid},
 * maps are built.
 */
public interface BuildDecisions {

  /**
   * Whether there is a decision for a sub-window and for all before it. If not, this call asks for
   * it, and the held-back steps are resumed when the decision arrives.
   */
  boolean decided(long subWindow);

  /**
   * Whether maps are built at the end of a sub-window; blocks until this is decided.
   *
   * @param before the sub-window that closed before it; {@link Long#MIN_VALUE} if none has
   * @throws IllegalStateException if there is no decision and this object cannot wait for one
   */
  boolean builds(long before, long subWindow);
}
