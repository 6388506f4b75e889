/**
 * Dense networks on cuBLAS by a small native library, for machines whose libtorch DJL cannot load.
 *
 * <p>Read {@link io.millrace.dense.cublas.CublasNet} first. {@code tests/gpu/cublas.cu} is the
 * native part, which {@code tests/gpu/check.sh} builds on a machine with a card. What must not come
 * in: anything that a job needs.
 */
package io.millrace.dense.cublas;
