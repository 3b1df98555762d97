using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Hearth.Containers.Diagnostics;

namespace Hearth.Cli.Oci;

/// <summary>
/// The log of a low-level runtime as container engines read it: a line for each message, with level and time, on standard error
/// or appended to a file. It is logrus's form, of which engines take the last line with the level <c>error</c> as the reason.
/// </summary>
/// <param name="path">Null for <paramref name="error"/>.</param>
/// <param name="format">Of each line.</param>
/// <param name="withDetails">True to write debug messages too.</param>
/// <param name="error">Standard error.</param>
/// <param name="clock">Where the time comes from.</param>
internal sealed class OciLog(string? path, OciLogFormat format, bool withDetails, TextWriter error, TimeProvider clock)
{
    /// <summary>Characters that need no quotes.</summary>
    private static readonly System.Buffers.SearchValues<char> Plain =
        System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._/@^+");

    private readonly List<(string Level, string Message)> held = [];
    private bool isHeldBack;

    private static readonly JsonWriterOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public void Debug(string message)
    {
        if (withDetails)
        {
            Write("debug", message);
        }
    }

    /// <summary>Writes a diagnostic at the level of its severity.</summary>
    public void Add(Diagnostic diagnostic) => Add(diagnostic.Severity == DiagnosticSeverity.Warning ? "warning" : "info", diagnostic.Text);

    private void Add(string level, string message)
    {
        if (IsForCaller && isHeldBack)
        {
            held.Add((level, message));
        }
        else
        {
            Write(level, message);
        }
    }

    /// <summary>
    /// Keeps diagnostics for the caller back until <see cref="Release"/>: an engine shows everything that a command wrote as the
    /// reason of its failure, which must be one sentence.
    /// </summary>
    public void HoldBack() => isHeldBack = true;

    public void Release()
    {
        isHeldBack = false;
        held.ForEach(one => Add(one.Level, one.Message));
        held.Clear();
    }

    /// <summary>The failure of a command: a line of the log, and for the caller the sentence alone.</summary>
    public void Fail(string message)
    {
        if (!IsForCaller)
        {
            Write("error", message);
        }

        if (path is not null || IsForCaller)
        {
            error.WriteLine(message);
        }
    }

    /// <summary>True if neither a file nor a format for programs is set.</summary>
    private bool IsForCaller => path is null && format == OciLogFormat.Text;

    private void Write(string level, string message)
    {
        string time = clock.GetUtcNow().ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        string line = format == OciLogFormat.Json ? Json(level, message, time) : $"time={Quote(time)} level={level} msg={Quote(message)}";
        if (path is null)
        {
            error.WriteLine(line);
            return;
        }

        try
        {
            // One write of the whole line: several runtimes append to one log.
            using FileStream file = new(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            file.Write(Encoding.UTF8.GetBytes(line + "\n"));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            error.WriteLine($"cannot write to the log '{path}': {exception.Message}");
            error.WriteLine(line);
        }
    }

    private static string Json(string level, string message, string time)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (Utf8JsonWriter writer = new(buffer, Readable))
        {
            writer.WriteStartObject();
            writer.WriteString("level", level);
            writer.WriteString("msg", message);
            writer.WriteString("time", time);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    private static string Quote(string value)
    {
        if (value.Length > 0 && !value.AsSpan().ContainsAnyExcept(Plain))
        {
            return value;
        }

        var quoted = new StringBuilder("\"");
        foreach (char character in value)
        {
            quoted.Append(character switch
            {
                '"' => "\\\"",
                '\\' => "\\\\",
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < ' ' or '\x7f' => string.Create(CultureInfo.InvariantCulture, $"\\x{(int)character:x2}"),
                _ => character.ToString(),
            });
        }

        return quoted.Append('"').ToString();
    }
}
