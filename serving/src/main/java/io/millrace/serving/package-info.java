/**
 * Loads a published model, follows its new versions, and scores events in this process or with a
 * server.
 *
 * <p>Read {@link io.millrace.serving.Scorer} (the forward pass) and {@link
 * io.millrace.serving.ModelFollower} (how it switches to new versions) first. What must not come
 * in: native libraries, training, Flink, so that this module runs in any JVM; and the HTTP server,
 * which is in {@code io.millrace.serving.http}.
 */
package io.millrace.serving;
