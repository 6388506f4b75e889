/**
 * Measures of the quality of predictions and of the drift between two windows, and detectors of
 * change in a stream of values. Read {@link io.millrace.metric.WindowMetrics} (predictions of one
 * arm and window), {@link io.millrace.metric.PartitionAgreement} (two maps of the same ids) and
 * {@link io.millrace.metric.ChangeDetector} (what every detector does) first. Every class states
 * its window, unit and range; a measure that is undefined on its input is NaN, never a guess. What
 * must not come in: events, models, files.
 */
package io.millrace.metric;
