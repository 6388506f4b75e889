/**
 * The linear part of a click model: a hashed logistic regression, learned by FTRL-Proximal.
 *
 * <p>Read {@link io.millrace.linear.LinearPart} first, then {@link
 * io.millrace.linear.LinearWeights}, which servers score with. What must not come in: networks,
 * maps, event time.
 */
package io.millrace.linear;
