/**
 * Event time: which window an event belongs to, when a window is complete, and which steps are held
 * back until what they need has arrived.
 *
 * <p>Read {@link io.millrace.time.Sequencer} first (the order in which events and ends of panes
 * reach a learner), then {@link io.millrace.time.MapGrid} (how a pane is divided). Time comes from
 * events and watermarks only: no wall clock, no Flink.
 */
package io.millrace.time;
