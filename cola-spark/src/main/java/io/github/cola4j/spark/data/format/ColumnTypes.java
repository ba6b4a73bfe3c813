package io.github.cola4j.spark.data.format;

import io.github.cola4j.spark.data.row.SparkImages;
import java.math.BigDecimal;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.StructType;

/** How the values of a table's column become text. */
public final class ColumnTypes {
  private static final Set<DataType> INTEGERS =
      Set.of(DataTypes.ByteType, DataTypes.ShortType, DataTypes.IntegerType, DataTypes.LongType);

  /** From here Python writes floating-point numbers with an exponent. */
  private static final double LARGE = 1e16;

  private static final double SMALL = 1e-4;

  private ColumnTypes() {}

  /** Whether values are lists or objects, which are read as JSON. */
  static boolean isNested(DataType type) {
    return type instanceof ArrayType || type instanceof MapType || type instanceof StructType;
  }

  /** What values are that are no texts, or null. */
  public static String kind(DataType type) {
    return isNested(type) || type instanceof BinaryType ? "of type " + type.simpleString() : null;
  }

  /** Whether a value has the same text whichever of two types it is stored with. */
  static boolean sameForm(DataType one, DataType other) {
    return one.equals(other)
        || (isNested(one) && isNested(other))
        || (isPlain(one) && isPlain(other));
  }

  private static boolean isPlain(DataType type) {
    return type.equals(DataTypes.StringType)
        || INTEGERS.contains(type)
        || (type instanceof DecimalType decimal && decimal.scale() == 0);
  }

  /** A column as it is read, nested ones as JSON but images as bytes. */
  public static Column shown(Column column, DataType type) {
    if (SparkImages.isOne(type)) {
      return SparkImages.bytes(column);
    }
    return isNested(type) ? functions.to_json(column) : column;
  }

  /** The type that {@link #shown} gives a column. */
  static String shownType(DataType type) {
    if (SparkImages.isOne(type)) {
      return "binary";
    }
    return isNested(type) ? "string" : type.catalogString();
  }

  /** A value's text; numbers without an exponent as far as Python writes them so. */
  public static String text(Object value) {
    if (value instanceof Double || value instanceof Float) {
      double size = Math.abs(((Number) value).doubleValue());
      String text = value.toString();
      if (text.indexOf('E') >= 0 && size >= SMALL && size < LARGE) {
        String plain = new BigDecimal(text).toPlainString();
        return plain.indexOf('.') < 0 ? plain + ".0" : plain;
      }
      return text;
    }
    return value.toString();
  }
}
