/**
 * Dense networks on libtorch through DJL, on the processor or a graphics card: the fast engine for
 * large layers.
 *
 * <p>Read {@link io.millrace.dense.djl.DjlDenseNet} (which computations run natively, and who owns
 * which memory) and {@link io.millrace.dense.djl.DjlEngine} (settings that must be made before the
 * library loads) first. This is the only package that may import {@code ai.djl}. No other package
 * may import it; it is found as a {@link io.millrace.dense.DenseEngineProvider}.
 */
package io.millrace.dense.djl;
