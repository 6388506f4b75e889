package io.millrace.kafka.embedded;

import io.millrace.kafka.BrokerException;
import io.millrace.store.FolderTree;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import kafka.server.KafkaConfig;
import kafka.server.KafkaRaftServer;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.utils.Exit;
import org.apache.kafka.common.utils.Time;
import org.apache.kafka.metadata.storage.Formatter;
import org.apache.kafka.server.common.MetadataVersion;

/**
 * A Kafka broker inside this process: one node in KRaft mode, broker and controller in one, on the
 * loopback interface, for the demo and for tests.
 *
 * <p>It is a real broker with real transactions, only without a second copy of anything: all
 * replication factors are 1. It is ready in about two seconds and needs about 50 MB of heap.
 * Records are kept in the data directory; a broker started again on the same directory has them
 * all. A directory serves one broker at a time. Writing to a topic does not create it.
 *
 * <p>The broker logs through slf4j under {@code kafka}, {@code org.apache.kafka} and {@code
 * state.change.logger}; set those to ERROR to keep a console quiet. A fault at which Kafka would
 * exit ends only the broker here, never the process.
 */
public final class EmbeddedBroker implements AutoCloseable {
  private static final int NODE_ID = 1;
  private static final String HOST = "localhost";

  private final Path dataDir;
  private final boolean temporary;
  private final Ports ports;
  private final Map<String, String> settings;
  private final KafkaRaftServer server;
  private boolean closed;

  private EmbeddedBroker(Path dataDir, boolean temporary, int port, Map<String, String> settings) {
    this.dataDir = dataDir;
    this.temporary = temporary;
    this.settings = Map.copyOf(settings);
    this.ports = Ports.pick(port);
    forbidExit();
    this.server = launch();
  }

  /** Starts a broker on a free port, with a data directory that {@link #close} deletes. */
  public static EmbeddedBroker start() {
    try {
      return new EmbeddedBroker(Files.createTempDirectory("millrace-kafka"), true, 0, Map.of());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Starts a broker on {@code port}, or on a free one if 0, that keeps its records in {@code
   * dataDir}.
   *
   * @throws BrokerException if the port is in use, or the directory holds something else or belongs
   *     to a broker that runs
   */
  public static EmbeddedBroker start(Path dataDir, int port) {
    return start(dataDir, port, Map.of());
  }

  /**
   * Starts a broker with further settings, which win over its own, such as those of a listener
   * {@code CLIENT} that asks for TLS.
   *
   * @throws BrokerException as {@link #start(Path, int)}, or if a setting is wrong
   */
  public static EmbeddedBroker start(Path dataDir, int port, Map<String, String> settings) {
    return new EmbeddedBroker(dataDir, false, port, settings);
  }

  /** Where clients connect, {@code host:port}. */
  public String bootstrapServers() {
    return HOST + ":" + ports.client;
  }

  /** The port clients connect to. */
  public int port() {
    return ports.client;
  }

  /** Directory of the records. */
  Path dataDir() {
    return dataDir;
  }

  /** Shuts the broker down, and deletes the data directory if it was a temporary one. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      server.shutdown();
      server.awaitShutdown();
    } finally {
      deleteIfTemporary();
    }
  }

  private KafkaRaftServer launch() {
    try {
      KafkaConfig config = KafkaConfig.fromProps(properties(), false);
      formatIfNew();
      KafkaRaftServer raft = new KafkaRaftServer(config, Time.SYSTEM);
      startOrStop(raft);
      return raft;
    } catch (Exception e) {
      deleteIfTemporary();
      throw new BrokerException(
          "embedded Kafka on port " + ports.client + ", data in " + dataDir + ": " + e.getMessage(),
          e);
    }
  }

  private static void startOrStop(KafkaRaftServer raft) {
    try {
      raft.startup();
    } catch (RuntimeException e) {
      raft.shutdown();
      throw e;
    }
  }

  /** Formats a new directory once; its content belongs to the broker afterwards. */
  private void formatIfNew() throws Exception {
    if (Files.exists(dataDir.resolve("meta.properties"))) {
      return;
    }
    Files.createDirectories(dataDir);
    new Formatter()
        .setPrintStream(
            new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8))
        .setNodeId(NODE_ID)
        .setClusterId(Uuid.randomUuid().toString())
        .setReleaseVersion(MetadataVersion.latestProduction())
        .setControllerListenerName("CONTROLLER")
        .setMetadataLogDirectory(dataDir.toString())
        .addDirectory(dataDir.toString())
        .run();
  }

  private Properties properties() {
    Properties p = new Properties();
    p.setProperty("node.id", Integer.toString(NODE_ID));
    p.setProperty("process.roles", "broker,controller");
    p.setProperty("controller.quorum.voters", NODE_ID + "@" + HOST + ":" + ports.controller);
    p.setProperty("controller.listener.names", "CONTROLLER");
    p.setProperty("listener.security.protocol.map", "CLIENT:PLAINTEXT,CONTROLLER:PLAINTEXT");
    p.setProperty("inter.broker.listener.name", "CLIENT");
    String client = "CLIENT://" + HOST + ":" + ports.client;
    p.setProperty("listeners", client + ",CONTROLLER://" + HOST + ":" + ports.controller);
    p.setProperty("advertised.listeners", client);
    p.setProperty("log.dirs", dataDir.toString());
    singleCopy(p);
    small(p);
    p.putAll(settings);
    return p;
  }

  private static void singleCopy(Properties p) {
    p.setProperty("default.replication.factor", "1");
    p.setProperty("min.insync.replicas", "1");
    p.setProperty("offsets.topic.replication.factor", "1");
    p.setProperty("transaction.state.log.replication.factor", "1");
    p.setProperty("transaction.state.log.min.isr", "1");
    p.setProperty("share.coordinator.state.topic.replication.factor", "1");
    p.setProperty("share.coordinator.state.topic.min.isr", "1");
  }

  private static void small(Properties p) {
    p.setProperty("offsets.topic.num.partitions", "1");
    p.setProperty("transaction.state.log.num.partitions", "1");
    p.setProperty("log.cleaner.dedupe.buffer.size", Integer.toString(8 << 20));
    p.setProperty("log.index.size.max.bytes", Integer.toString(1 << 20));
    p.setProperty("group.initial.rebalance.delay.ms", "0");
    p.setProperty("num.network.threads", "2");
    p.setProperty("num.io.threads", "4");
    p.setProperty("auto.create.topics.enable", "false");
  }

  /** A fault handler of the broker would otherwise halt the whole process. */
  private static void forbidExit() {
    Exit.setExitProcedure(EmbeddedBroker::refuseExit);
    Exit.setHaltProcedure(EmbeddedBroker::refuseExit);
  }

  private static void refuseExit(int status, String message) {
    throw new BrokerException("embedded Kafka stopped with status " + status + ": " + message);
  }

  /** The ports of the two listeners. */
  record Ports(int client, int controller) {

    /**
     * Picks two ports that are free, both held open until both are known, so that they differ.
     *
     * @param client port for clients, or 0 for any
     * @throws BrokerException if that port is in use
     */
    static Ports pick(int client) {
      try (ServerSocket first = bind(client);
          ServerSocket second = bind(0)) {
        return new Ports(first.getLocalPort(), second.getLocalPort());
      } catch (IOException e) {
        throw client == 0
            ? new UncheckedIOException(e)
            : new BrokerException(
                "port " + client + " is in use: stop what listens there or choose another port", e);
      }
    }

    private static ServerSocket bind(int port) throws IOException {
      return new ServerSocket(port, 1, InetAddress.getByName(HOST));
    }
  }

  private void deleteIfTemporary() {
    if (!temporary) {
      return;
    }
    try {
      FolderTree.delete(dataDir);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
