/**
 * Detects change in the stream: traffic, losses and dense columns of each sub-window, detectors
 * over them, and the decision when maps are rebuilt.
 *
 * <p>Read {@link io.millrace.watch.DriftWatch} first, then {@link io.millrace.watch.RefreshPlan}.
 * Nothing here learns a model.
 */
package io.millrace.watch;
