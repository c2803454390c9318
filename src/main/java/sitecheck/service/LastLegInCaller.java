package sitecheck.service;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;

/**
 * Makes thread pools for parallel multicasts. The thread that comes to a multicast would only wait
 * for the legs, so it runs the last of them itself. Camel submits four tasks for two legs; here one
 * of them is handed over.
 */
public final class LastLegInCaller extends DefaultThreadPoolFactory {
  @Override
  public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
    return new Pool(super.newThreadPool(profile, threads));
  }

  private static final class Pool extends AbstractExecutorService {
    private final ThreadLocal<Deque<Runnable>> submitted = new ThreadLocal<>();
    private final ExecutorService threads;

    Pool(ExecutorService threads) {
      this.threads = threads;
    }

    /** Runs a task, and of those that it submits the last; the threads get the others. */
    @Override
    public void execute(Runnable task) {
      Deque<Runnable> tasks = submitted.get();
      if (tasks != null) {
        tasks.add(task);
        return;
      }
      tasks = new ArrayDeque<>(List.of(task));
      submitted.set(tasks);
      try {
        while (!tasks.isEmpty()) {
          Runnable next = tasks.poll();
          if (tasks.isEmpty()) {
            next.run();
          } else {
            threads.execute(next);
          }
        }
      } finally {
        submitted.remove();
      }
    }

    @Override
    public void shutdown() {
      threads.shutdown();
    }

    @Override
    public List<Runnable> shutdownNow() {
      return threads.shutdownNow();
    }

    @Override
    public boolean isShutdown() {
      return threads.isShutdown();
    }

    @Override
    public boolean isTerminated() {
      return threads.isTerminated();
    }

    @Override
    public boolean awaitTermination(long timeout, TimeUnit unit) throws InterruptedException {
      return threads.awaitTermination(timeout, unit);
    }
  }
}
