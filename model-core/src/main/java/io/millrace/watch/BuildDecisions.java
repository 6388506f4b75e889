package io.millrace.watch;

/** The decisions at the ends of which sub-windows ({@code MapGrid}) maps are built. */
public interface BuildDecisions {

  /**
   * Whether there is a decision for a sub-window and for all before it. If not, it is on its way
   * from now on, and whoever holds steps back resumes them when it is there.
   */
  boolean decided(long subWindow);

  /**
   * Whether maps are built at the end of a sub-window; waits for the decision if it can come.
   *
   * @param before the sub-window that closed before it; {@link Long#MIN_VALUE} if none has
   * @throws IllegalStateException if there is no decision, and none can come
   */
  boolean builds(long before, long subWindow);
}
