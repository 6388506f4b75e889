/**
 * The click model: DLRM, which teacher and students use.
 *
 * <p>Read {@link io.millrace.dlrm.Dlrm} first, whose Javadoc draws the network, then {@link
 * io.millrace.dlrm.BatchLearner}, the cycle of predicting, scoring and learning. What must not come
 * in: event time, windows, files.
 */
package io.millrace.dlrm;
