# One image for all services. Which one runs is its argument: docker run site-check main

FROM eclipse-temurin:25.0.3_9-jdk-noble AS build
WORKDIR /build
COPY .mvn .mvn
COPY mvnw pom.xml application*.properties ./
COPY routes routes
COPY src/main src/main
RUN --mount=type=cache,target=/root/.m2 ./mvnw -B -ntp -Dmaven.test.skip -Dspotless.check.skip package

FROM eclipse-temurin:25.0.3_9-jre-noble
RUN useradd --system --uid 10001 --no-create-home site-check \
 && install -d -o site-check /data
WORKDIR /site-check
COPY --from=build /build/target/site-check.jar ./
COPY --from=build /build/target/lib lib
COPY --chmod=755 deploy/image/ready deploy/image/train /usr/local/bin/
# Here, and not where it was built: a cache is of use to the same JVM and the same files alone.
RUN train
USER 10001
ENV LISTEN_HOST=0.0.0.0 DATA_FOLDER=/data
# All that is written: what must not be lost, and what SQLite and Vert.x unpack (SQLite a library,
# so that /tmp must allow to execute). The rest can be read-only.
VOLUME ["/data", "/tmp"]
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --start-interval=1s CMD ["ready"]
# What Netty and protobuf use of sun.misc.Unsafe is not worth a warning at each start. Further options
# of the JVM: JAVA_TOOL_OPTIONS.
ENTRYPOINT ["java", "-XX:AOTCache=site-check.aot", "-XX:MaxRAMPercentage=60", "--sun-misc-unsafe-memory-access=allow", "-jar", "site-check.jar"]
