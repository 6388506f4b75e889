package io.millrace.dense.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import io.millrace.dense.DenseEngine;
import io.millrace.dense.DenseNet;
import io.millrace.dense.DenseOptimizer;
import io.millrace.dense.MlpSpec;
import io.millrace.dense.NativeNetContract;
import java.io.File;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class OneDnnNetTest extends NativeNetContract {
  private static final MlpSpec SPEC = new MlpSpec(List.of(30, 64, 16, 1), false);

  @Override
  protected DenseEngine engine() {
    return new OneDnnEngine();
  }

  // Law: in steady state a step allocates nothing on the heap.
  @ParameterizedTest
  @EnumSource(DenseOptimizer.Rule.class)
  void stepsAllocateNothing(DenseOptimizer.Rule rule) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    float[] x = new float[128 * SPEC.inputs()];
    float[] dx = new float[x.length];
    float[] y = new float[128];
    try (DenseNet net = engine().create(SPEC, DenseOptimizer.of(rule, .01), 7)) {
      for (int i = 0; i < 2000; i++) {
        step(net, x, y, dx);
      }
      long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      for (int i = 0; i < 1000; i++) {
        step(net, x, y, dx);
      }
      long after = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
      assertThat(after - before).isLessThan(1000 * 200);
    }
  }

  // Law: a second class loader of a process is refused: JavaCPP would mix the classes of both.
  @Test
  void oneClassLoaderAlone() throws Exception {
    engine();
    List<URL> path = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      path.add(Path.of(entry).toUri().toURL());
    }
    ClassLoader platform = ClassLoader.getPlatformClassLoader();
    try (URLClassLoader second = new URLClassLoader(path.toArray(new URL[0]), platform)) {
      Class<?> provider = second.loadClass(OneDnnProvider.class.getName());
      Object loaded = provider.getConstructor().newInstance();
      assertThatThrownBy(() -> provider.getMethod("load").invoke(loaded))
          .hasRootCauseInstanceOf(IllegalStateException.class)
          .rootCause()
          .hasMessageStartingWith("cannot load oneDNN: another class loader of this process")
          .hasMessageContaining("deploy/flink/README.md");
    }
  }

  private static void step(DenseNet net, float[] x, float[] y, float[] dx) {
    net.forward(x, 128, y);
    net.backward(y, 128, dx);
    net.step();
  }

  // Law: more batch sizes than are kept compiled give the same bits as a fresh network.
  @Test
  void batchSizesComeAndGo() {
    try (DenseNet net = engine().create(SPEC, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1), 7)) {
      float[] x = normal(1, 40 * SPEC.inputs());
      float[] first = new float[40];
      net.forward(x, 17, first);
      for (int batch = 1; batch <= 40; batch++) {
        net.forward(x, batch, new float[40]);
      }
      float[] again = new float[40];
      net.forward(x, 17, again);
      assertThat(again).isEqualTo(first);
    }
  }

  // Law: padding adds at most a quarter, nothing to powers of two, and few sizes.
  @Test
  void batchesArePaddedToFewSizes() {
    Set<Integer> sizes = new TreeSet<>();
    for (int batch = 1; batch <= 4096; batch++) {
      int padded = OneDnnNet.padded(batch);
      assertThat(padded).isBetween(batch, Math.max(16, batch * 5 / 4));
      sizes.add(padded);
    }
    assertThat(sizes).hasSizeLessThan(40).contains(16, 32, 64, 128, 2048, 4096);
    assertThat(List.of(OneDnnNet.padded(100), OneDnnNet.padded(1025))).containsExactly(112, 1280);
  }

  // Law: an example's outputs do not depend on the other examples of its batch.
  @Test
  void examplesDoNotDisturbEachOther() {
    try (DenseNet net = engine().create(SPEC, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1), 7)) {
      float[] x = normal(1, 32 * SPEC.inputs());
      float[] y = new float[32];
      net.forward(x, 32, y);
      Arrays.fill(x, SPEC.inputs(), x.length, 5f);
      float[] other = new float[32];
      net.forward(x, 32, other);
      assertThat(other[0]).isEqualTo(y[0]);
    }
  }

  // Law: a network computes on the calling thread alone.
  @Test
  void startsNoThreads() throws IOException {
    MlpSpec wide = new MlpSpec(List.of(512, 512, 512), true);
    try (DenseNet net = engine().create(wide, DenseOptimizer.of(DenseOptimizer.Rule.SGD, .1), 7)) {
      float[] x = normal(1, 512 * 512);
      net.forward(x, 512, new float[512 * 512]);
      long before = nativeThreads();
      net.forward(x, 512, new float[512 * 512]);
      Thread other = new Thread(() -> net.forward(x, 512, new float[512 * 512]));
      other.start();
      other.join();
      assertThat(nativeThreads()).isLessThanOrEqualTo(before + 1);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  // Law: where the processor has AVX-512 its products use it, whoever made the processor, and
  // nothing has to be set for that.
  @Test
  void usesTheWidestInstructions() throws IOException {
    engine();
    Path processor = Path.of("/proc/cpuinfo");
    assumeTrue(Files.exists(processor), "no /proc/cpuinfo");
    assumeTrue(
        Files.readString(processor).matches("(?s).*\\bavx512f\\b.*\\bavx512bw\\b.*"),
        "a processor without AVX-512");
    int used = dnnl.dnnl_get_effective_cpu_isa();
    assertThat(used & dnnl.dnnl_cpu_isa_avx512_core).isEqualTo(dnnl.dnnl_cpu_isa_avx512_core);
  }

  private static long nativeThreads() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("Threads:"))
        .mapToLong(line -> Long.parseLong(line.substring(8).trim()))
        .sum();
  }
}
