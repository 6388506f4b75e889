/**
 * What {@code tests/gpu/check.sh} runs on a machine with a graphics card, and on one without.
 *
 * <p>Read {@link io.millrace.tests.gpu.DeviceCheck} first. What must not come in: Flink, as the
 * script carries no more than it needs.
 */
package io.millrace.tests.gpu;
