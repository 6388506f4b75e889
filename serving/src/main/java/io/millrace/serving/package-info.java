/**
 * Serves a published model: loads it, follows new versions, scores events, answers over HTTP.
 *
 * <p>Read {@link io.millrace.serving.Scorer} (the forward pass in plain Java) and {@link
 * io.millrace.serving.ModelFollower} (how it switches to new versions) first. What must not come
 * in: native libraries, training, Flink, so that this module runs in any JVM.
 */
package io.millrace.serving;
