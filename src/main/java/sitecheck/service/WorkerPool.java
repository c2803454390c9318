package sitecheck.service;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;
import org.apache.camel.util.concurrent.CamelThreadFactory;

/**
 * A pool without a limit that wakes few threads. A cached thread pool wakes a thread for each task
 * while the thread that has just finished falls asleep. Here a thread that finishes a task takes
 * the next one, and only one thread at a time is being woken to help.
 */
final class WorkerPool extends ThreadPoolExecutor {
  /** The pool of all routes of the process; of virtual threads where they are enabled. */
  static final WorkerPool SHARED = new WorkerPool(new CamelThreadFactory(null, "worker", true));

  private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean helpComes = new AtomicBoolean();

  WorkerPool(ThreadFactory threads) {
    super(0, Integer.MAX_VALUE, 1, TimeUnit.MINUTES, new SynchronousQueue<>(), threads);
  }

  @Override
  public void execute(Runnable task) {
    tasks.add(task);
    callHelp();
  }

  /** Called after each change of the queue: while it has tasks, a thread is on its way to it. */
  private void callHelp() {
    if (!tasks.isEmpty() && helpComes.compareAndSet(false, true)) {
      try {
        super.execute(this::work);
      } catch (OutOfMemoryError e) { // no more threads: a running one takes the task later
        helpComes.set(false);
      }
    }
  }

  private void work() {
    helpComes.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      callHelp();
      task.run();
      Thread.interrupted(); // an interrupt was meant for that task
    }
  }

  /** Does nothing: other contexts use the pool too. */
  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }

  static final class Factory extends DefaultThreadPoolFactory {
    @Override
    public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
      boolean inTurn = profile.getMaxPoolSize() == 1; // tasks that must not run at once
      return inTurn ? super.newThreadPool(profile, threads) : SHARED;
    }
  }
}
