/**
 * Dense networks on libtorch through DJL, on the processor or a graphics card: the fast engine for
 * large layers.
 *
 * <p>Read {@link io.millrace.dense.djl.DjlDenseNet} (which computations run natively, and who owns
 * which memory) and {@link io.millrace.dense.djl.DjlEngine} (settings that must be set before the
 * library loads). The only package that may import {@code ai.djl}; no other may import this one, it
 * is found as a {@link io.millrace.dense.DenseEngineProvider}.
 */
package io.millrace.dense.djl;
