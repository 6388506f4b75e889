package io.millrace.generator;

/**
 * What the best possible model reaches on one day: one that knows each event's true probability.
 *
 * @param day day of the stream, from 0
 * @param events events of the day
 * @param positives clicks among them
 * @param auc AUC of the true probability, probabilities compared in steps of 2^-16; NaN if all
 *     labels are alike
 * @param logLoss mean log loss of the true probability, nats
 */
public record DayFacts(int day, long events, long positives, double auc, double logLoss) {}
