/**
 * The HTTP server: which path does what, what it reads, what it answers, and what it counts.
 *
 * <p>Read {@link io.millrace.serving.http.ScoringServer} (start and stop), {@code Routes} (the
 * paths) and {@code ScoreEndpoint} (the way of a request to score) first. What must not come in:
 * how a model computes, and how versions are loaded; both belong to {@link io.millrace.serving}.
 */
package io.millrace.serving.http;
