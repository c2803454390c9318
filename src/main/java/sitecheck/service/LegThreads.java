package sitecheck.service;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.camel.CamelContext;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;

/**
 * Makes the threads of parallel multicasts. The thread that comes to a multicast would only wait,
 * so it runs the last leg; each other leg has a thread at once. Of the four tasks that Camel
 * submits for two legs one is handed over. A leg must not wait for a task that it submits itself.
 */
public final class LegThreads extends DefaultThreadPoolFactory {
  /** Camel looks for such a bean before it makes ours, and takes that of camel-opentelemetry. */
  @Override
  public void setCamelContext(CamelContext context) {
    super.setCamelContext(context);
    context.getExecutorServiceManager().setThreadPoolFactory(this);
  }

  @Override
  public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
    ThreadLocal<Queue<Runnable>> submitted = new ThreadLocal<>();
    return new ThreadPoolExecutor(
        0, Integer.MAX_VALUE, 60, TimeUnit.SECONDS, new SynchronousQueue<>(), threads) {
      /** Runs a task, and of those that it submits in turn the last; threads get the others. */
      @Override
      public void execute(Runnable task) {
        Queue<Runnable> tasks = submitted.get();
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
              super.execute(next);
            }
          }
        } finally {
          submitted.remove();
        }
      }
    };
  }
}
