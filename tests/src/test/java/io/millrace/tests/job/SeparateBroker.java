package io.millrace.tests.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** A broker in a process of its own, so that its work is not counted with the job's. */
public final class SeparateBroker implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final int port;
  private final Process process;

  private SeparateBroker(int port, Process process) {
    this.port = port;
    this.process = process;
  }

  /** Starts one with its data in a folder, and waits until it answers. */
  public static SeparateBroker start(Path folder) throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Path console = folder.resolve("broker.txt");
    Process process =
        JavaProcess.start(
            console,
            "512m",
            BrokerProcess.class.getName(),
            List.of(folder.resolve("kafka").toString(), Integer.toString(port)));
    await()
        .atMost(PATIENCE)
        .until(() -> Files.readString(console, UTF_8).contains(BrokerProcess.READY));
    return new SeparateBroker(port, process);
  }

  /** Where it answers. */
  public String bootstrap() {
    return "localhost:" + port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    process.onExit().join();
  }
}
