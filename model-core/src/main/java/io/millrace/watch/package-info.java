/**
 * Detects change in the stream between the ends of windows: traffic, losses and dense columns of
 * each sub-window, the streams that detectors of {@code metric} watch, and the decision when maps
 * are built.
 *
 * <p>Read {@link io.millrace.watch.DriftWatch} first, then {@link io.millrace.watch.Refreshes}
 * (what has been decided). What must not come in: models that learn, files, the wall clock.
 */
package io.millrace.watch;
