package io.millrace.dense.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.dnnl.dnnl_version_t;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/**
 * The library, loaded once per process, and the kinds of {@link Call} that an MLP needs.
 *
 * <p>oneDNN runs on OpenMP, which would take every core. {@link #useOneThread} limits calls of the
 * calling thread to that thread: spinning helpers on busy cores cost much more than they gain, and
 * trainers run side by side.
 *
 * <p>JavaCPP unpacks the library once into its cache, {@code ~/.javacpp/cache} unless {@code
 * org.bytedeco.javacpp.cachedir} says otherwise. Its own limits on native memory are removed
 * before, unless the user has set them: they would also count the memory of every other library.
 */
final class Dnnl {
  /** Property that names the class loader which loaded JavaCPP; all loaders of a process see it. */
  private static final String OWNER = "millrace.onednn.loader";

  private static Dnnl library;
  private static String failure;

  private final dnnl_engine engine = new dnnl_engine();
  private final Function setThreads;

  private Dnnl(String path) {
    setThreads = NativeLibrary.getInstance(path).getFunction("omp_set_num_threads");
    useOneThread();
    check("start", dnnl_engine_create(engine, dnnl_cpu, 0));
  }

  /**
   * The library.
   *
   * @throws IllegalStateException with the reason, if it cannot be loaded
   */
  static synchronized Dnnl loaded() {
    if (library == null) {
      checkOnlyLoader();
      if (failure != null) { // a second attempt would only say that there was a first one
        throw new IllegalStateException(failure);
      }
      setIfAbsent("org.bytedeco.javacpp.maxBytes", "0");
      setIfAbsent("org.bytedeco.javacpp.maxPhysicalBytes", "0");
      try {
        library = new Dnnl(Loader.load(dnnl.class));
      } catch (RuntimeException | LinkageError e) {
        failure = "cannot load oneDNN for " + Loader.getPlatform() + ": " + reason(e);
        throw new IllegalStateException(failure, e);
      }
    }
    return library;
  }

  /** The message, without the folders in which the JVM has looked too. */
  private static String reason(Throwable e) {
    String message = String.valueOf(e.getMessage());
    int folders = message.indexOf(" in java.library.path");
    return folders < 0
        ? message
        : "there is no library of it that this machine can load ("
            + message.substring(0, folders)
            + ")";
  }

  /**
   * Refuses a second loader. JavaCPP would let it load, but its native part keeps the classes of
   * the first one, so that closing a pointer fails, and ends a TaskManager.
   */
  private static void checkOnlyLoader() {
    String me = Integer.toHexString(System.identityHashCode(Loader.class.getClassLoader()));
    Object owner = System.getProperties().putIfAbsent(OWNER, me);
    if (owner != null && !owner.equals(me)) {
      throw new IllegalStateException(
          "cannot load oneDNN: another class loader of this process has loaded it, of an earlier"
              + " job or before a restart; put it into Flink's lib folder, as"
              + " deploy/flink/README.md says, and all share it");
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }

  /** Version and platform, such as {@code oneDNN 3.11.0 (linux-x86_64)}. */
  String description() {
    dnnl_version_t version = dnnl.dnnl_version();
    return "oneDNN %d.%d.%d (%s)"
        .formatted(version.major(), version.minor(), version.patch(), Loader.getPlatform());
  }

  /** Limits OpenMP to the calling thread; to be called on each thread that computes. */
  void useOneThread() {
    setThreads.invokeVoid(new Object[] {1});
  }

  /** A queue of calls for one network. */
  dnnl_stream stream() {
    dnnl_stream stream = new dnnl_stream();
    check("make a stream", dnnl_stream_create(stream, engine, dnnl_stream_default_flags));
    return stream;
  }

  /** {@code c = a b}, for each of several matrices. */
  Call product(dnnl_stream stream, Matrix a, Matrix b, Matrix c) {
    return product(stream, a, b, null, c, postOps());
  }

  /** {@code c = a b + bias} in each row, {@code max(., 0)} of it if {@code relu}. */
  Call layer(dnnl_stream stream, Matrix a, Matrix b, Matrix bias, Matrix c, boolean relu) {
    dnnl_post_ops after = postOps();
    if (relu) {
      append(after, dnnl_eltwise_relu, 0);
    }
    return product(stream, a, b, bias, c, after);
  }

  /** {@code c += scale a b}. */
  Call addProduct(dnnl_stream stream, float scale, Matrix a, Matrix b, Matrix c) {
    dnnl_post_ops after = postOps();
    append(after, dnnl_eltwise_linear, scale);
    check("add", dnnl_post_ops_append_sum(after, 1, 0, dnnl_data_type_undef));
    return product(stream, a, b, null, c, after);
  }

  /** {@code delta = delta} where {@code activation > 0}, else 0. */
  Call mask(dnnl_stream stream, Matrix activation, Matrix delta) {
    Call.Operands operands = new Call.Operands(engine);
    dnnl_memory_desc result = operands.add(DNNL_ARG_DST, activation);
    dnnl_memory_desc in = operands.add(DNNL_ARG_DIFF_DST, delta);
    dnnl_memory_desc out = operands.add(DNNL_ARG_DIFF_SRC, delta);
    int relu = dnnl_eltwise_relu_use_dst_for_bwd;
    dnnl_primitive_desc forward = new dnnl_primitive_desc();
    check(
        "plan a ReLU",
        dnnl_eltwise_forward_primitive_desc_create(
            forward, engine, dnnl_forward_training, relu, result, result, 0, 0, null));
    dnnl_primitive_desc plan = new dnnl_primitive_desc();
    check(
        "plan a ReLU's gradient",
        dnnl_eltwise_backward_primitive_desc_create(
            plan, engine, relu, out, in, result, 0, 0, forward, null));
    dnnl_primitive_desc_destroy(forward);
    return operands.bind(stream, plan);
  }

  private Call product(
      dnnl_stream stream, Matrix a, Matrix b, Matrix bias, Matrix c, dnnl_post_ops after) {
    Call.Operands operands = new Call.Operands(engine);
    dnnl_memory_desc left = operands.add(DNNL_ARG_SRC, a);
    dnnl_memory_desc right = operands.add(DNNL_ARG_WEIGHTS, b);
    dnnl_memory_desc added = bias == null ? null : operands.add(DNNL_ARG_BIAS, bias);
    dnnl_memory_desc result = operands.add(DNNL_ARG_DST, c);
    dnnl_primitive_attr attributes = new dnnl_primitive_attr();
    check("make attributes", dnnl_primitive_attr_create(attributes));
    check("set attributes", dnnl_primitive_attr_set_post_ops(attributes, after));
    dnnl_primitive_desc plan = new dnnl_primitive_desc();
    check(
        "plan a product",
        dnnl_matmul_primitive_desc_create(plan, engine, left, right, added, result, attributes));
    dnnl_primitive_attr_destroy(attributes);
    dnnl_post_ops_destroy(after);
    return operands.bind(stream, plan);
  }

  private static dnnl_post_ops postOps() {
    dnnl_post_ops operations = new dnnl_post_ops();
    check("make operations", dnnl_post_ops_create(operations));
    return operations;
  }

  private static void append(dnnl_post_ops operations, int kind, float alpha) {
    check("append", dnnl_post_ops_append_eltwise(operations, kind, alpha, 0));
  }

  /** The layout of a matrix; the caller must destroy it. */
  static dnnl_memory_desc layout(Matrix matrix) {
    dnnl_memory_desc layout = new dnnl_memory_desc();
    long[] sizes = matrix.sizes();
    check(
        "describe " + matrix,
        dnnl_memory_desc_create_with_strides(
            layout, sizes.length, sizes, dnnl_f32, matrix.strides()));
    return layout;
  }

  /** Throws unless {@code status} means success. */
  static void check(String action, int status) {
    if (status != dnnl_success) {
      throw new IllegalStateException("oneDNN could not " + action + ", status " + status);
    }
  }
}
