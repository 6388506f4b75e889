/**
 * The click model itself: DLRM, and its two uses as teacher and as student.
 *
 * <p>Read {@link io.millrace.dlrm.Dlrm} first: the network is drawn at its head. Then {@link
 * io.millrace.dlrm.BatchLearner}, the predict, score, learn cycle. Event time, windows and files
 * stay out.
 */
package io.millrace.dlrm;
