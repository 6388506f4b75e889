package io.millrace.dense.djl;

import ai.djl.Device;
import ai.djl.engine.Engine;
import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.DenseState;
import io.millrace.dense.MlpSpec;

/**
 * The engine on libtorch through DJL.
 *
 * <p>Before the library loads, these system properties are set unless the user has set them: {@code
 * ai.djl.offline=true} (the native library comes from the class path, never from the network),
 * {@code ai.djl.pytorch.num_threads=1} and {@code ai.djl.pytorch.num_interop_threads=1} (one thread
 * per network; spinning threads on busy cores cost much more than they gain), {@code
 * ai.djl.pytorch.graph_optimizer=false} (nothing here is a TorchScript graph).
 *
 * <p>On AMD processors the matrix library inside libtorch does not use AVX-512 even if the
 * processor has it. A preloaded library that reports an Intel processor changes that: {@code int
 * mkl_serv_intel_cpu_true() { return 1; }} in {@code LD_PRELOAD}.
 */
public final class DjlEngine implements DenseEngine {

  /** The device on which networks compute. */
  public enum Target {
    /** The first graphics card if libtorch sees one, else the processor. */
    AUTO,
    /** The processor. */
    CPU,
    /** The first graphics card. */
    GPU
  }

  private final Device device;
  private final String version;

  /**
   * Loads the library.
   *
   * @throws IllegalStateException if it cannot be loaded, or if a graphics card is requested and
   *     there is none
   */
  public DjlEngine(Target target) {
    Engine torch = loadTorch();
    int cards = torch.getGpuCount();
    if (target == Target.GPU && cards == 0) {
      throw new IllegalStateException(
          "engine djl-gpu needs a graphics card, but libtorch sees none (is it a CUDA build?)");
    }
    this.version = torch.getVersion();
    this.device = target == Target.CPU || cards == 0 ? Device.cpu() : Device.gpu();
  }

  @Override
  public String name() {
    return device.isGpu() ? "djl-gpu" : "djl-cpu";
  }

  @Override
  public String describe(MlpSpec spec) {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    return "libtorch %s (%s, %s)".formatted(version, system, device.isGpu() ? "gpu" : "cpu");
  }

  @Override
  public DenseNet create(MlpSpec spec, DenseOptimizer optimizer, long seed) {
    return new DjlDenseNet(new DenseState(spec, optimizer, seed), device, name());
  }

  private static Engine loadTorch() {
    setIfAbsent("ai.djl.offline", "true");
    setIfAbsent("ai.djl.pytorch.num_threads", "1");
    setIfAbsent("ai.djl.pytorch.num_interop_threads", "1");
    setIfAbsent("ai.djl.pytorch.graph_optimizer", "false");
    try {
      return Engine.getEngine("PyTorch");
    } catch (RuntimeException | LinkageError e) {
      throw new IllegalStateException("cannot load libtorch: " + e.getMessage(), e);
    }
  }

  private static void setIfAbsent(String property, String value) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, value);
    }
  }
}
