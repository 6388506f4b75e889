/**
 * The click model itself: DLRM, and its two uses as teacher and as student.
 *
 * <p>Read {@link io.millrace.dlrm.Dlrm} first: its comment draws the network. Then read {@link
 * io.millrace.dlrm.BatchLearner}, the cycle of predicting, scoring and learning. What must not come
 * in: event time, windows, files.
 */
package io.millrace.dlrm;
