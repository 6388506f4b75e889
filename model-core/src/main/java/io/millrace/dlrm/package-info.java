/**
 * The click model: a DLRM with a linear part, which teacher and students use.
 *
 * <p>Read {@link io.millrace.dlrm.ClickModel} first, then {@link io.millrace.dlrm.Dlrm}, whose
 * Javadoc draws the network, and {@link io.millrace.dlrm.BatchLearner}, the cycle of predicting,
 * scoring and learning. What must not come in: event time, windows, files.
 */
package io.millrace.dlrm;
