package io.github.cola4j.spark.concurrent;

import java.io.IOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.util.List;
import org.apache.spark.Partition;
import org.apache.spark.SparkEnv;
import org.apache.spark.rdd.RDD;
import org.apache.spark.serializer.SerializerInstance;
import scala.reflect.ClassTag$;

/**
 * A partition of bundled ones, with the lineage of its own data sets. That is read when the Spark
 * task runs, as the stage's own is, and not with the task: accumulators in it, as those of Spark
 * SQL, look for the task that they are of.
 */
final class Bundle<T> implements Partition {
  private static final long serialVersionUID = 1;

  private final int number; // among all
  private transient Content<T> content; // null while it is not read
  private transient byte[] serialized; // on executors

  /**
   * What it has.
   *
   * @param rows by part, the data set that it is of
   * @param parts of these
   */
  record Content<T>(List<RDD<T>> rows, List<Partition> parts) implements Serializable {}

  Bundle(int number, Content<T> content) {
    this.number = number;
    this.content = content;
  }

  @Override
  public int index() {
    return number;
  }

  /** Reads the lineage; within a Spark task. */
  Content<T> content() {
    if (content == null) {
      content =
          serializer()
              .deserialize(
                  ByteBuffer.wrap(serialized),
                  Thread.currentThread().getContextClassLoader(),
                  ClassTag$.MODULE$.<Content<T>>apply(Content.class));
    }
    return content;
  }

  private static SerializerInstance serializer() {
    return SparkEnv.get().closureSerializer().newInstance();
  }

  private void writeObject(ObjectOutputStream out) throws IOException {
    out.defaultWriteObject();
    ByteBuffer bytes =
        content == null
            ? ByteBuffer.wrap(serialized)
            : serializer().serialize(content, ClassTag$.MODULE$.<Content<T>>apply(Content.class));
    out.writeInt(bytes.remaining());
    out.write(bytes.array(), bytes.arrayOffset() + bytes.position(), bytes.remaining());
  }

  private void readObject(ObjectInputStream in) throws IOException, ClassNotFoundException {
    in.defaultReadObject();
    serialized = new byte[in.readInt()];
    in.readFully(serialized);
  }

  @Override
  public boolean equals(Object other) {
    return this == other;
  }

  @Override
  public int hashCode() {
    return number;
  }
}
