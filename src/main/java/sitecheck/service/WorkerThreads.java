package sitecheck.service;

import io.vertx.core.spi.ExecutorServiceFactory;
import java.lang.reflect.InvocationTargetException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ThreadFactory;

/**
 * Vert.x's workers: virtual threads where the JDK has them (21 and later), else as many threads as
 * are busy at a time. Vert.x's own pool wakes the thread that has been idle for longest, so that
 * each request runs on one whose caches are cold; here it is the one that was busy last.
 */
public final class WorkerThreads implements ExecutorServiceFactory {

  @Override
  public ExecutorService createExecutor(ThreadFactory threads, Integer size, Integer maximum) {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (NoSuchMethodException older) {
      return Executors.newCachedThreadPool(threads); // BoundedHttpEngine bounds it
    } catch (IllegalAccessException | InvocationTargetException broken) {
      throw new IllegalStateException(broken);
    }
  }
}
