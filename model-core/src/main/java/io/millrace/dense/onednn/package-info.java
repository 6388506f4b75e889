/**
 * Dense networks on the processor through oneDNN, which makes its matrix kernels at run time for
 * the instructions of the processor that it finds.
 *
 * <p>Read {@link io.millrace.dense.onednn.OneDnnNet} (which computations are fused) and {@link
 * io.millrace.dense.onednn.Dnnl} (how the library is loaded and held to one thread) first. This is
 * the only package that may import {@code org.bytedeco}. No other package may import it; it is
 * found as a {@link io.millrace.dense.DenseEngineProvider}.
 */
package io.millrace.dense.onednn;
