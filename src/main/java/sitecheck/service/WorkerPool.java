package sitecheck.service;

import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * As many threads as there are tasks that wait for each other. A cached thread pool wakes a thread
 * for each task, and the thread that ends its own falls asleep. Here a thread that ends its task
 * takes the next, and one thread at a time is woken to help.
 */
final class WorkerPool extends ThreadPoolExecutor {
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

  /** After each change of the queue: while it has tasks, a thread is on its way to it. */
  private void callHelp() {
    if (!tasks.isEmpty() && helpComes.compareAndSet(false, true)) {
      try {
        super.execute(this::work);
      } catch (OutOfMemoryError e) { // no more threads: one that ends its task takes the next
        helpComes.set(false);
      }
    }
  }

  private void work() {
    helpComes.set(false);
    for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
      callHelp();
      task.run();
      Thread.interrupted(); // was meant for that task
    }
  }

  /** Does nothing: other contexts use the pool too. */
  @Override
  public void shutdown() {}

  @Override
  public List<Runnable> shutdownNow() {
    return List.of();
  }
}
