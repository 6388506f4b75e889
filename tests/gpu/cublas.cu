// The native part of io.millrace.dense.cublas.CublasNet: an MLP on the first card, products in cuBLAS.
// All matrices are row-major, float[rows * columns]; to cuBLAS, which is column-major, they are their transposes.
//
//   nvcc -O2 -shared -Xcompiler -fPIC -I JNI -I JNI/linux -o libcublasnet.so cublas.cu -lcublas
#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <jni.h>

#include <string>
#include <vector>

namespace {

// Memory on the card that grows and is never copied when it does.
struct Floats {
  float* at = nullptr;
  size_t size = 0;

  float* grown(size_t n) {
    if (n > size) {
      cudaFree(at);
      at = nullptr;
      size = 0;
      if (cudaMalloc(&at, n * sizeof(float)) == cudaSuccess) size = n;
    }
    return at;
  }

  ~Floats() { cudaFree(at); }
};

struct Net {
  std::vector<int> sizes;
  bool relu_last = false;
  cublasHandle_t blas = nullptr;
  std::vector<Floats> weights, biases, activations;
  Floats delta[2], gradient, ones;

  int layers() const { return static_cast<int>(sizes.size()) - 1; }
  bool relu(int layer) const { return layer < layers() - 1 || relu_last; }
};

__global__ void fill(float* y, size_t n, float value) {
  size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i < n) y[i] = value;
}

__global__ void add_bias(float* y, const float* bias, size_t n, int columns, bool relu) {
  size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i < n) {
    float z = y[i] + bias[i % columns];
    y[i] = relu && z < 0 ? 0 : z;
  }
}

__global__ void mask(float* delta, const float* activation, size_t n) {
  size_t i = blockIdx.x * static_cast<size_t>(blockDim.x) + threadIdx.x;
  if (i < n && !(activation[i] > 0)) delta[i] = 0;
}

unsigned blocks(size_t n) { return static_cast<unsigned>((n + 255) / 256); }

void fail(JNIEnv* env, const std::string& what) {
  env->ThrowNew(env->FindClass("java/lang/IllegalStateException"), what.c_str());
}

bool good(JNIEnv* env, cudaError_t status, const char* what) {
  if (status != cudaSuccess) fail(env, std::string(what) + ": " + cudaGetErrorString(status));
  return status == cudaSuccess;
}

bool good(JNIEnv* env, cublasStatus_t status, const char* what) {
  if (status != CUBLAS_STATUS_SUCCESS) fail(env, std::string(what) + ": cuBLAS status " + std::to_string(status));
  return status == CUBLAS_STATUS_SUCCESS;
}

// Copies n floats of a Java array to the card, or from it.
bool up(JNIEnv* env, jfloatArray from, float* to, size_t n) {
  void* bytes = env->GetPrimitiveArrayCritical(from, nullptr);
  cudaError_t status = cudaMemcpy(to, bytes, n * sizeof(float), cudaMemcpyHostToDevice);
  env->ReleasePrimitiveArrayCritical(from, bytes, JNI_ABORT);
  return good(env, status, "copy to the card");
}

bool down(JNIEnv* env, const float* from, jfloatArray to, size_t n) {
  void* bytes = env->GetPrimitiveArrayCritical(to, nullptr);
  cudaError_t status = cudaMemcpy(bytes, from, n * sizeof(float), cudaMemcpyDeviceToHost);
  env->ReleasePrimitiveArrayCritical(to, bytes, 0);
  return good(env, status, "copy from the card");
}

const float kOne = 1, kZero = 0;

}  // namespace

#define METHOD(type, name) extern "C" JNIEXPORT type JNICALL Java_io_millrace_dense_cublas_CublasNet_##name

METHOD(jlong, create)(JNIEnv* env, jclass, jintArray sizes, jboolean relu_last) {
  Net* net = new Net;
  net->sizes.resize(env->GetArrayLength(sizes));
  env->GetIntArrayRegion(sizes, 0, env->GetArrayLength(sizes), reinterpret_cast<jint*>(net->sizes.data()));
  net->relu_last = relu_last;
  net->weights = std::vector<Floats>(net->layers());
  net->biases = std::vector<Floats>(net->layers());
  net->activations = std::vector<Floats>(net->layers() + 1);
  if (!good(env, cublasCreate(&net->blas), "cuBLAS")) {
    delete net;
    return 0;
  }
  return reinterpret_cast<jlong>(net);
}

METHOD(void, destroy)(JNIEnv*, jclass, jlong handle) {
  Net* net = reinterpret_cast<Net*>(handle);
  cublasDestroy(net->blas);
  delete net;
}

METHOD(void, setParameters)(JNIEnv* env, jclass, jlong handle, jint l, jfloatArray weights, jfloatArray bias) {
  Net* net = reinterpret_cast<Net*>(handle);
  size_t out = net->sizes[l + 1];
  size_t n = out * net->sizes[l];
  up(env, weights, net->weights[l].grown(n), n) && up(env, bias, net->biases[l].grown(out), out);
}

// a_(l+1) = relu(a_l W_l^T + b_l)
METHOD(void, forward)(JNIEnv* env, jclass, jlong handle, jfloatArray x, jint batch, jfloatArray y) {
  Net* net = reinterpret_cast<Net*>(handle);
  size_t inputs = static_cast<size_t>(batch) * net->sizes[0];
  if (!up(env, x, net->activations[0].grown(inputs), inputs)) return;
  for (int l = 0; l < net->layers(); l++) {
    int in = net->sizes[l], out = net->sizes[l + 1];
    size_t n = static_cast<size_t>(batch) * out;
    float* z = net->activations[l + 1].grown(n);
    if (!good(env,
              cublasSgemm(net->blas, CUBLAS_OP_T, CUBLAS_OP_N, out, batch, in, &kOne, net->weights[l].at, in,
                          net->activations[l].at, in, &kZero, z, out),
              "forward")) {
      return;
    }
    add_bias<<<blocks(n), 256>>>(z, net->biases[l].at, n, out, net->relu(l));
  }
  size_t outputs = static_cast<size_t>(batch) * net->sizes[net->layers()];
  if (good(env, cudaGetLastError(), "forward")) down(env, net->activations[net->layers()].at, y, outputs);
}

// dW_l = delta^T a_l, db_l = column sums of delta, delta_(l-1) = delta W_l
METHOD(void, backward)(JNIEnv* env, jclass, jlong handle, jfloatArray dy, jint batch, jfloatArray dx,
                       jobjectArray gradients) {
  Net* net = reinterpret_cast<Net*>(handle);
  size_t outputs = static_cast<size_t>(batch) * net->sizes[net->layers()];
  float* ones = net->ones.grown(batch);
  fill<<<blocks(batch), 256>>>(ones, batch, 1);
  int here = 0;
  float* delta = net->delta[here].grown(outputs);
  if (!up(env, dy, delta, outputs)) return;
  for (int l = net->layers() - 1; l >= 0; l--) {
    int in = net->sizes[l], out = net->sizes[l + 1];
    size_t n = static_cast<size_t>(batch) * out;
    size_t weights = static_cast<size_t>(in) * out;
    if (net->relu(l)) mask<<<blocks(n), 256>>>(delta, net->activations[l + 1].at, n);
    float* gradient = net->gradient.grown(weights + out);
    if (!good(env,
              cublasSgemm(net->blas, CUBLAS_OP_N, CUBLAS_OP_T, in, out, batch, &kOne, net->activations[l].at, in,
                          delta, out, &kZero, gradient, in),
              "gradient of weights") ||
        !good(env,
              cublasSgemv(net->blas, CUBLAS_OP_N, out, batch, &kOne, delta, out, ones, 1, &kZero,
                          gradient + weights, 1),
              "gradient of bias")) {
      return;
    }
    jfloatArray to_weights = static_cast<jfloatArray>(env->GetObjectArrayElement(gradients, 2 * l));
    jfloatArray to_bias = static_cast<jfloatArray>(env->GetObjectArrayElement(gradients, 2 * l + 1));
    if (!down(env, gradient, to_weights, weights) || !down(env, gradient + weights, to_bias, out)) return;
    if (l > 0 || dx != nullptr) {
      float* before = net->delta[1 - here].grown(static_cast<size_t>(batch) * in);
      if (!good(env,
                cublasSgemm(net->blas, CUBLAS_OP_N, CUBLAS_OP_N, in, batch, out, &kOne, net->weights[l].at, in,
                            delta, out, &kZero, before, in),
                "gradient of inputs")) {
        return;
      }
      here = 1 - here;
      delta = before;
    }
  }
  if (dx != nullptr) down(env, delta, dx, static_cast<size_t>(batch) * net->sizes[0]);
}
