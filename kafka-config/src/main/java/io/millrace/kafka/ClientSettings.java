package io.millrace.kafka;

import java.io.IOException;
import java.io.Reader;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.config.provider.ConfigProvider;
import org.apache.kafka.common.config.provider.DirectoryConfigProvider;
import org.apache.kafka.common.config.provider.EnvVarConfigProvider;
import org.apache.kafka.common.config.provider.FileConfigProvider;

/**
 * How clients reach Kafka, in one place: the bootstrap servers, the user's own properties, and safe
 * defaults for producers, consumers and admin clients.
 *
 * <p>The user's properties (TLS, SASL, anything Kafka knows) are passed through and win over the
 * defaults, with three exceptions that carry the guarantees and cannot be turned off: {@code
 * enable.idempotence=true} and {@code acks=all} for producers, {@code
 * isolation.level=read_committed} for consumers, but for that of {@link #updatesConsumer}. A
 * property that contradicts them is an error, not silently overruled.
 *
 * <p>A value may be a reference, so that no secret is in a job file: {@code ${env:NAME}} is an
 * environment variable, {@code ${directory:FOLDER:NAME}} the content of a file, and {@code
 * ${file:FILE:NAME}} a line of a properties file. Kafka's own providers resolve them when a client
 * is created, on the machine where it runs, unless {@code config.providers} names others.
 *
 * <p>Property values may be secrets (passwords, JAAS lines), so {@link #toString} shows only the
 * values of properties that are known to be harmless.
 *
 * @param bootstrap {@code host:port}, several separated by commas
 * @param properties passed to every client as they are; never {@code bootstrap.servers}
 */
public record ClientSettings(String bootstrap, Map<String, String> properties)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** How long {@link #checkReachable} waits for a broker to answer. */
  static final Duration REACHABLE_WITHIN = Duration.ofSeconds(10);

  /** How long a producer keeps trying to deliver a record while no broker answers. */
  private static final Duration DELIVERY_TIMEOUT = Duration.ofMinutes(2);

  private static final String PROVIDERS = "config.providers";

  private static final Map<String, Class<? extends ConfigProvider>> PROVIDER =
      Map.of(
          "env", EnvVarConfigProvider.class,
          "directory", DirectoryConfigProvider.class,
          "file", FileConfigProvider.class);

  private static final String MASK = "****";

  /** Properties whose values may be printed; all others are masked. */
  private static final Set<String> HARMLESS =
      Set.of(
          "acks",
          "batch.size",
          "buffer.memory",
          "client.dns.lookup",
          "client.id",
          "client.rack",
          "compression.type",
          "delivery.timeout.ms",
          "enable.idempotence",
          "fetch.max.bytes",
          "fetch.min.bytes",
          "group.id",
          "isolation.level",
          "linger.ms",
          "max.block.ms",
          "max.partition.fetch.bytes",
          "max.poll.records",
          "max.request.size",
          "request.timeout.ms",
          "sasl.mechanism",
          "security.protocol",
          "ssl.endpoint.identification.algorithm",
          "ssl.keystore.type",
          "ssl.truststore.type",
          "transaction.timeout.ms");

  public ClientSettings {
    if (bootstrap.isBlank()) {
      throw new IllegalArgumentException("kafka.bootstrap must not be empty");
    }
    if (properties.containsKey("bootstrap.servers")) {
      throw new IllegalArgumentException(
          "kafka.properties must not hold bootstrap.servers; set kafka.bootstrap instead");
    }
    requireUnchanged(properties, "enable.idempotence", "true");
    requireUnchanged(properties, "acks", "all", "-1");
    requireUnchanged(properties, "isolation.level", "read_committed");
    properties = Map.copyOf(properties);
  }

  /** Plain settings without TLS or SASL. */
  public static ClientSettings of(String bootstrap) {
    return new ClientSettings(bootstrap, Map.of());
  }

  /**
   * Settings with the properties of a file, such as Kafka's own tools read.
   *
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it holds a property that may not be set
   */
  public static ClientSettings of(String bootstrap, Path file) throws IOException {
    Properties read = new Properties();
    try (Reader text = Files.newBufferedReader(file)) {
      read.load(text);
    }
    Map<String, String> properties = new TreeMap<>();
    read.stringPropertyNames().forEach(name -> properties.put(name, read.getProperty(name)));
    return new ClientSettings(bootstrap, properties);
  }

  /** Properties for every kind of client: bootstrap servers and the user's properties. */
  Properties common() {
    Properties all = new Properties();
    all.putAll(properties);
    all.setProperty("bootstrap.servers", bootstrap);
    if (refersElsewhere() && !properties.containsKey(PROVIDERS)) {
      all.setProperty(PROVIDERS, String.join(",", PROVIDER.keySet()));
      PROVIDER.forEach(
          (name, c) -> all.setProperty(PROVIDERS + "." + name + ".class", c.getName()));
    }
    return all;
  }

  private boolean refersElsewhere() {
    return properties.values().stream()
        .anyMatch(
            value -> PROVIDER.keySet().stream().anyMatch(p -> value.contains("${" + p + ":")));
  }

  /**
   * Producer: idempotent, {@code acks=all}, lz4, batches of up to 128 KiB, delivery retried for 2
   * minutes. Order within a partition is kept and a retry never duplicates a record. The caller
   * sets the serializers.
   */
  public Properties producer() {
    Properties all = new Properties();
    all.setProperty("compression.type", "lz4");
    all.setProperty("linger.ms", "5");
    all.setProperty("batch.size", "131072");
    all.setProperty("delivery.timeout.ms", Long.toString(DELIVERY_TIMEOUT.toMillis()));
    all.setProperty("max.block.ms", Long.toString(DELIVERY_TIMEOUT.toMillis()));
    all.setProperty("retry.backoff.max.ms", "1000");
    all.setProperty("reconnect.backoff.max.ms", "1000");
    all.putAll(common());
    all.setProperty("enable.idempotence", "true");
    all.setProperty("acks", "all");
    return all;
  }

  /**
   * Producer of updates of served models, and of changes of replicas: as {@link #producer}, without
   * waiting for full batches. Not for transactions: their readers would see a record only after the
   * next checkpoint.
   */
  public Properties updatesProducer() {
    Properties all = producer();
    all.setProperty("linger.ms", "0");
    return all;
  }

  /**
   * Consumer: reads only what was committed, from the earliest record where no offset is known, and
   * commits no offsets by itself. The caller sets the deserializers and the group.
   */
  public Properties consumer() {
    Properties all = new Properties();
    all.setProperty("auto.offset.reset", "earliest");
    all.setProperty("enable.auto.commit", "false");
    all.putAll(common());
    all.setProperty("isolation.level", "read_committed");
    return all;
  }

  /**
   * Consumer of the topics of updates and of changes, the one that also reads what is not
   * committed: their producers have no transactions, and their records can be applied twice. It has
   * no group. The caller sets the deserializers.
   */
  public Properties updatesConsumer() {
    Properties all = consumer();
    all.setProperty("isolation.level", "read_uncommitted");
    return all;
  }

  /** Admin client: each call fails after {@link #REACHABLE_WITHIN}. */
  Properties admin() {
    Properties all = new Properties();
    String timeout = Long.toString(REACHABLE_WITHIN.toMillis());
    all.setProperty("default.api.timeout.ms", timeout);
    all.setProperty("request.timeout.ms", timeout);
    all.putAll(common());
    return all;
  }

  /** A new admin client with these settings; the caller closes it. */
  public Admin openAdmin() {
    try {
      return Admin.create(admin());
    } catch (KafkaException e) {
      throw new BrokerException("kafka.bootstrap " + bootstrap + ": " + reason(e), e);
    }
  }

  /**
   * Returns if a broker answers.
   *
   * @throws BrokerException after about 10 s without an answer, naming the bootstrap servers
   */
  public void checkReachable() {
    int timeout = (int) REACHABLE_WITHIN.toMillis();
    Admin admin = openAdmin();
    try {
      admin
          .describeCluster(new DescribeClusterOptions().timeoutMs(timeout))
          .nodes()
          .get(timeout, TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BrokerException("interrupted while waiting for Kafka at " + bootstrap, e);
    } finally {
      admin.close(Duration.ZERO);
    }
  }

  /** Whether a property's value must not be printed: it is not known to be harmless. */
  public static boolean mayBeSecret(String property) {
    return !HARMLESS.contains(property);
  }

  /** The names are shown, values only where they are known not to be secrets. */
  @Override
  public String toString() {
    Map<String, String> shown = new TreeMap<>();
    properties.forEach((name, value) -> shown.put(name, mayBeSecret(name) ? MASK : value));
    return "ClientSettings[bootstrap=" + bootstrap + ", properties=" + shown + "]";
  }

  private BrokerException unreachable(Exception e) {
    boolean silent =
        e instanceof TimeoutException
            || e.getCause() instanceof org.apache.kafka.common.errors.TimeoutException;
    String why =
        silent ? "no answer within " + REACHABLE_WITHIN.toSeconds() + " s" : reason(e.getCause());
    return new BrokerException("Kafka is not reachable at " + bootstrap + ": " + why, e);
  }

  /** The innermost message on one line. */
  static String reason(Throwable e) {
    Throwable inner = e;
    while (inner.getCause() != null) {
      inner = inner.getCause();
    }
    String message = inner.getMessage();
    return message == null
        ? inner.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }

  private static void requireUnchanged(
      Map<String, String> properties, String name, String... allowed) {
    String value = properties.get(name);
    if (value != null && !Set.of(allowed).contains(value.toLowerCase(Locale.ROOT))) {
      throw new IllegalArgumentException(
          "kafka.properties." + name + " must be " + allowed[0] + " but was " + value);
    }
  }
}
