/**
 * Several replicas of one model: each learns its share of the events of an interval, and what all
 * have changed is merged into the model that counts.
 *
 * <p>Read {@link io.millrace.replica.ReplicatedLearner} first, which runs them in one thread, and
 * {@link io.millrace.replica.Merger}, which has the formulas. Everything is cut by event time and
 * dealt by a hash of the event, so that the merged model is a function of the events and the number
 * of replicas alone. What must not come in: what carries commands and changes between tasks.
 */
package io.millrace.replica;
