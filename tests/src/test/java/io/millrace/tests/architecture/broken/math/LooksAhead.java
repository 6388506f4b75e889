package io.millrace.tests.architecture.broken.math;

import io.millrace.tests.architecture.broken.hash.Restless;

/** Imports a room to its right, which in turn imports this one. */
public final class LooksAhead {
  /** What must not be here. */
  public Restless next;
}
