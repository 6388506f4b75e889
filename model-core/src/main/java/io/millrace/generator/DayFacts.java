package io.millrace.generator;

/**
 * The scores of the best possible model on one day. It knows the true probability of each event.
 *
 * @param day day of the stream, from 0
 * @param events events of the day
 * @param positives clicks among them
 * @param auc AUC of the true probability, with probabilities rounded to steps of 2^-16; NaN if all
 *     labels are equal
 * @param logLoss mean log loss of the true probability, nats
 */
public record DayFacts(int day, long events, long positives, double auc, double logLoss) {}
