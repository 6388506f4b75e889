/**
 * Reads requests to score: a context and candidates in JSON, or events in binary form, become
 * events to score and faults that say why others are not.
 *
 * <p>Read {@link io.millrace.serving.request.JsonCandidates} and {@link
 * io.millrace.serving.request.Item} first. What must not come in: HTTP, and how a model computes.
 */
package io.millrace.serving.request;
