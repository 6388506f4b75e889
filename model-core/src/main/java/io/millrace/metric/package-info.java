/**
 * Measures of the quality of predictions, and of the drift between two windows. Read {@link
 * io.millrace.metric.WindowMetrics} (predictions of one arm and window) and {@link
 * io.millrace.metric.PartitionAgreement} (two maps of the same ids) first. Every class states its
 * window, unit and range; a measure that is undefined on its input is NaN, never a guess. What must
 * not come in: events, models, files.
 */
package io.millrace.metric;
