package sitecheck.service;

import java.util.concurrent.ExecutorService;
import java.util.concurrent.ThreadFactory;
import org.apache.camel.spi.ThreadPoolProfile;
import org.apache.camel.support.DefaultThreadPoolFactory;
import org.apache.camel.util.concurrent.CamelThreadFactory;
import org.apache.camel.util.concurrent.ThreadType;

/** Gives all routes of the process one shared pool, or virtual threads where they are enabled. */
final class WorkerPoolFactory extends DefaultThreadPoolFactory {
  static final ThreadFactory WORKERS = new CamelThreadFactory(null, "worker", true);

  private static final ExecutorService SHARED = new WorkerPool(WORKERS);

  @Override
  public ExecutorService newCachedThreadPool(ThreadFactory threads) {
    return isVirtual() ? super.newCachedThreadPool(threads) : SHARED;
  }

  @Override
  public ExecutorService newThreadPool(ThreadPoolProfile profile, ThreadFactory threads) {
    boolean inTurn = profile.getMaxPoolSize() == 1; // tasks that must not run at once
    return inTurn || isVirtual() ? super.newThreadPool(profile, threads) : SHARED;
  }

  private static boolean isVirtual() {
    return ThreadType.current() == ThreadType.VIRTUAL;
  }
}
