package io.millrace.flink.graph;

import static org.awaitility.Awaitility.await;

import java.io.Serializable;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import org.apache.flink.streaming.api.graph.StreamGraph;
import org.apache.flink.streaming.api.graph.StreamNode;
import org.apache.flink.streaming.api.operators.AbstractStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.OneInputStreamOperator;
import org.apache.flink.streaming.api.operators.OneInputStreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperator;
import org.apache.flink.streaming.api.operators.StreamOperatorFactory;
import org.apache.flink.streaming.api.operators.StreamOperatorParameters;

/** Makes operators of a graph slow, and lets them fail at random calls. */
final class Faults {

  /** Those of the jobs in this process, by a number that their graphs know. */
  private static final Map<Integer, Faults> ALL = new ConcurrentHashMap<>();

  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** Calls of an operator at which it may fail. */
  private static final Set<String> CALLS =
      Set.of("processElement", "processWatermark", "prepareSnapshotPreBarrier", "finish");

  /** Calls until it fails, at most. */
  private static final int MOST_CALLS = 40;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final List<String> victims;
  private final SplittableRandom random;
  private final int number = NUMBERS.incrementAndGet();
  private int checkpoints;

  /** The operator that fails next; null for none. */
  private String victim;

  private int calls;

  /**
   * Faults of a job.
   *
   * @param victims names of operators
   */
  Faults(List<String> victims, long seed) {
    this.victims = victims;
    this.random = new SplittableRandom(seed);
    ALL.put(number, this);
  }

  /** Lets a victim fail, and waits for that. */
  void strike() {
    choose();
    await().atMost(PATIENCE).until(this::struck);
  }

  private synchronized void choose() {
    victim = victims.get(random.nextInt(victims.size()));
    calls = random.nextInt(MOST_CALLS);
  }

  private synchronized boolean struck() {
    return victim == null;
  }

  /** Waits for a checkpoint that completes from now on. */
  void awaitCheckpoint() {
    int before = checkpoints();
    await().atMost(PATIENCE).until(() -> checkpoints() > before);
  }

  private synchronized int checkpoints() {
    return checkpoints;
  }

  /**
   * Puts what happens around the victims.
   *
   * @param slow subtask of each operator of replicas that is slow, or -1
   * @param every elements after which it sleeps
   * @param sleepMs how long
   */
  void into(StreamGraph graph, int slow, int every, long sleepMs) {
    for (StreamNode node : graph.getStreamNodes()) {
      if (victims.contains(node.getOperatorName())) {
        boolean replicas = node.getOperatorName().startsWith("replicas-");
        node.setOperatorFactory(
            new Factory<>(
                node.getOperatorFactory(),
                new Slow(number, node.getOperatorName(), replicas ? slow : -1, every, sleepMs)));
      }
    }
  }

  private synchronized void checkpointed() {
    checkpoints++;
  }

  private synchronized void called(String operator) {
    if (operator.equals(victim) && --calls < 0) {
      victim = null;
      throw new IllegalStateException(operator + " was killed");
    }
  }

  /** What happens to an operator. */
  private record Slow(int faults, String operator, int subtask, int every, long sleepMs)
      implements Serializable {

    InvocationHandler around(Object operator, int index) {
      int[] elements = {0};
      return (proxy, method, arguments) -> {
        before(method, elements, index);
        return call(method, operator, arguments);
      };
    }

    private void before(Method method, int[] elements, int index) throws InterruptedException {
      Faults all = ALL.get(faults);
      if (method.getName().equals("notifyCheckpointComplete")) {
        all.checkpointed();
      }
      if (CALLS.contains(method.getName())) {
        all.called(operator);
      }
      if (method.getName().equals("processElement")
          && index == subtask
          && ++elements[0] % every == 0) {
        Thread.sleep(sleepMs);
      }
    }

    private static Object call(Method method, Object on, Object[] arguments) throws Throwable {
      try {
        return method.invoke(on, arguments);
      } catch (InvocationTargetException e) {
        throw e.getCause();
      }
    }
  }

  /** Makes the operators of another factory, and puts what happens to them around them. */
  private static final class Factory<T> extends AbstractStreamOperatorFactory<T>
      implements OneInputStreamOperatorFactory<Object, T> {
    private static final long serialVersionUID = 1L;

    private final StreamOperatorFactory<T> inner;
    private final Slow slow;

    Factory(StreamOperatorFactory<T> inner, Slow slow) {
      this.inner = inner;
      this.slow = slow;
      setChainingStrategy(inner.getChainingStrategy());
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the interface's signature
    public <O extends StreamOperator<T>> O createStreamOperator(
        StreamOperatorParameters<T> parameters) {
      Object operator = inner.createStreamOperator(parameters);
      Set<Class<?>> interfaces = new LinkedHashSet<>(List.of(OneInputStreamOperator.class));
      Predicate<Class<?>> isPublic = type -> Modifier.isPublic(type.getModifiers());
      for (Class<?> type = operator.getClass(); type != null; type = type.getSuperclass()) {
        List.of(type.getInterfaces()).stream().filter(isPublic).forEach(interfaces::add);
      }
      int index =
          parameters.getContainingTask().getEnvironment().getTaskInfo().getIndexOfThisSubtask();
      return (O)
          Proxy.newProxyInstance(
              Faults.class.getClassLoader(),
              interfaces.toArray(Class<?>[]::new),
              slow.around(operator, index));
    }

    @Override
    @SuppressWarnings("rawtypes") // the signature of the interface
    public Class<? extends StreamOperator> getStreamOperatorClass(ClassLoader loader) {
      return inner.getStreamOperatorClass(loader);
    }
  }
}
