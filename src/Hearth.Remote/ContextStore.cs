using System.Text;
using System.Text.Json;
using Hearth.Containers;

namespace Hearth.Remote;

/// <summary>
/// A user's contexts: hosts by name, a file each, which only the user can read since it has keys and tokens. The file
/// <c>current</c> has the name of the one that commands use without a flag.
/// </summary>
/// <param name="directory">Its directory; made with the first context.</param>
public sealed class ContextStore(string directory)
{
    /// <summary>The context of this host, which has no file.</summary>
    public const string DefaultName = "default";

    private const string CurrentFile = "current";
    private const string Extension = ".json";
    private const int MostLetters = 100;
    private const UnixFileMode OwnersOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The contexts of this program's user.</summary>
    /// <param name="find">Finds a variable of the environment.</param>
    public static ContextStore Of(Func<string, string?> find)
    {
        string configuration = Value("XDG_CONFIG_HOME") ?? Path.Combine(Value("HOME") ?? "/nonexistent", ".config");
        return new ContextStore(Path.Combine(configuration, "hearth/contexts"));

        string? Value(string name) => find(name) is { Length: > 0 } value ? value : null;
    }

    /// <summary>The name of the context that commands use without a flag.</summary>
    public string Current
    {
        get
        {
            // Every command asks, and an exception takes longer than most of them.
            string path = Path.Combine(directory, CurrentFile);
            try
            {
                return File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } name ? name : DefaultName;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw Failed("read the current context", exception);
            }
        }
    }

    /// <summary>How the host of a context is reached; null for this host.</summary>
    /// <param name="name">Null for the current one.</param>
    /// <exception cref="HearthException">There is no such context.</exception>
    public HostAccess? FindAccess(string? name) => (name ?? Current) is var found && found == DefaultName ? null : Find(found).ToAccess();

    /// <summary>All contexts but the default, by their names.</summary>
    public IReadOnlyList<HostContext> List()
    {
        try
        {
            return Directory.Exists(directory)
                ? [.. Directory.GetFiles(directory, "*" + Extension).Select(path => Path.GetFileNameWithoutExtension(path)).Order(StringComparer.Ordinal).Select(Find)]
                : [];
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed("list the contexts", exception);
        }
    }

    /// <exception cref="HearthException">There is no such context, or its file cannot be read.</exception>
    public HostContext Find(string name)
    {
        RequireName(name);
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(name)), ContextJson.Default.HostContext) is { } context
                ? context with { Name = name }
                : throw new JsonException("it is empty");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new HearthException(HearthError.InvalidRequest, $"there is no context '{name}'; 'hearth context ls' lists them, 'hearth context create' makes one", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or JsonException)
        {
            throw Failed($"read the context '{name}' in '{PathOf(name)}'", exception);
        }
    }

    /// <exception cref="HearthException">The name is invalid or taken, or the file cannot be written.</exception>
    public void Create(HostContext context)
    {
        RequireName(context.Name);
        if (context.Name == DefaultName || File.Exists(PathOf(context.Name)))
        {
            throw new HearthException(HearthError.NameTaken, $"cannot create the context '{context.Name}': there is one with this name; choose another, or remove that one ('hearth context rm')");
        }

        Write(PathOf(context.Name), JsonSerializer.SerializeToUtf8Bytes(context, ContextJson.Default.HostContext));
    }

    /// <summary>Makes a context the current one.</summary>
    /// <exception cref="HearthException">There is no such context.</exception>
    public void Use(string name)
    {
        if (name != DefaultName)
        {
            Find(name);
        }

        Write(Path.Combine(directory, CurrentFile), Encoding.UTF8.GetBytes(name + "\n"));
    }

    /// <param name="name">The context.</param>
    /// <param name="force">Whether it may be the current one; this host is the current one then.</param>
    /// <exception cref="HearthException">There is no such context, or it is the current one.</exception>
    public void Remove(string name, bool force)
    {
        if (name == DefaultName)
        {
            throw new HearthException(HearthError.InvalidRequest, $"cannot remove the context '{name}': it is this host");
        }

        Find(name);
        bool isCurrent = Current == name;
        if (isCurrent && !force)
        {
            throw new HearthException(HearthError.WrongState, $"cannot remove the context '{name}': it is the current one; use another first ('hearth context use default'), or --force");
        }

        try
        {
            File.Delete(PathOf(name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed($"remove the context '{name}'", exception);
        }

        if (isCurrent)
        {
            Use(DefaultName);
        }
    }

    /// <summary>The file of a context.</summary>
    public string PathOf(string name) => Path.Combine(directory, name + Extension);

    private static void RequireName(string name)
    {
        bool isValid = name.Length is > 0 and <= MostLetters && char.IsAsciiLetterOrDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '+' or '-');
        if (!isValid)
        {
            throw new HearthException(HearthError.InvalidRequest, $"invalid name of a context '{name}': it must be letters, digits, '_', '.', '+' and '-', and begin with a letter or a digit");
        }
    }

    private void Write(string path, byte[] content)
    {
        try
        {
            Directory.CreateDirectory(directory, OwnersOnly);
            AtomicFile.Write(path, content, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failed($"write '{path}'", exception);
        }
    }

    private static HearthException Failed(string act, Exception exception) => new(HearthError.StorageFailed, $"cannot {act}: {exception.Message}", exception);
}
