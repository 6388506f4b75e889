/**
 * Dense networks on the processor through oneDNN, whose matrix kernels are generated at run time
 * for the instructions of the processor, whatever its vendor.
 *
 * <p>Read {@link io.millrace.dense.onednn.OneDnnNet} (which computations are fused) and {@link
 * io.millrace.dense.onednn.Dnnl} (how the library is loaded and limited to one thread). The only
 * package that may import {@code org.bytedeco}; no other may import this one, it is found as a
 * {@link io.millrace.dense.DenseEngineProvider}.
 */
package io.millrace.dense.onednn;
