using System.Globalization;
using Hearth.Containers;
using Hearth.Containers.Volumes;

namespace Hearth.Cli.Values;

/// <summary>Reads docker's <c>--mount</c>: <c>type=bind,source=/src,target=/dst,readonly</c>.</summary>
internal sealed class MountFlag
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["type"] = "type", ["source"] = "source", ["src"] = "source", ["target"] = "target", ["destination"] = "target", ["dst"] = "target",
        ["readonly"] = "readonly", ["ro"] = "readonly", ["live"] = "live", ["bind-recursive"] = "bind-recursive", ["bind-nonrecursive"] = "bind-nonrecursive",
        ["bind-propagation"] = "bind-propagation", ["consistency"] = "consistency", ["volume-nocopy"] = "volume-nocopy",
        ["volume-opt"] = "volume-opt", ["volume-driver"] = "volume-driver", ["tmpfs-size"] = "tmpfs-size", ["tmpfs-mode"] = "tmpfs-mode",
    };

    private readonly string text;
    private readonly Dictionary<string, string?> values = new(StringComparer.Ordinal);

    private MountFlag(string text)
    {
        this.text = text;
        foreach (string field in text.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = field.Split('=', 2);
            string name = Names.GetValueOrDefault(parts[0]) ?? throw Refuse($"there is no key '{parts[0]}'; there are {string.Join(", ", Names.Keys)}");
            values[name] = parts.Length == 2 ? parts[1] : null;
        }
    }

    /// <exception cref="FormatException">An unknown or missing key or value.</exception>
    public static MountArgument Parse(string text)
    {
        var mount = new MountFlag(text);
        return mount.Text("type", "volume") switch
        {
            "bind" => mount.ReadBind(),
            "volume" => mount.ReadVolume(),
            "tmpfs" => mount.ReadTmpfs(),
            string other => throw mount.Refuse($"there is no type '{other}'; there are bind, volume, tmpfs"),
        };
    }

    private MountArgument ReadBind()
    {
        Allow("bind-recursive", "bind-nonrecursive", "bind-propagation", "live");
        if (Text("bind-propagation", "rprivate") is not ("rprivate" or "private"))
        {
            throw Refuse("mounts are not passed on between host and guest: bind-propagation is private");
        }

        string source = MountArgument.ReadHostPath(Required("source")) ?? throw Refuse("the source of a bind is an absolute path of the host");
        bool isRecursive = Text("bind-recursive", "enabled") switch
        {
            "enabled" => !Switch("bind-nonrecursive"),
            "disabled" => false,
            string other => throw Refuse($"bind-recursive is enabled or disabled, not '{other}'"),
        };
        return MountArgument.OfBind(source, Destination, Switch("readonly"), Switch("live"), isRecursive);
    }

    private MountArgument ReadVolume()
    {
        Allow("volume-nocopy", "volume-opt", "volume-driver");
        if (Text("volume-driver", "local") != "local")
        {
            throw Refuse("there is no volume-driver but 'local'");
        }

        ByteSize? size = null;
        if (values.TryGetValue("volume-opt", out string? option))
        {
            size = option is not null && option.StartsWith("size=", StringComparison.Ordinal) && ByteSize.TryParse(option["size=".Length..], out ByteSize given)
                ? given
                : throw Refuse("volume-opt takes size=SIZE, such as volume-opt=size=2g");
        }

        string name = Text("source", "");
        return MountArgument.OfVolume(
            name.Length == 0 ? "" : MountArgument.RequireVolumeName(name, text), Destination, Switch("readonly"), Switch("volume-nocopy"), size);
    }

    private MountArgument ReadTmpfs()
    {
        Allow("tmpfs-size", "tmpfs-mode");
        if (values.ContainsKey("source"))
        {
            throw Refuse("a tmpfs has no source");
        }

        List<string> options = [];
        if (values.TryGetValue("tmpfs-size", out string? size))
        {
            options.Add(size is not null && ByteSize.TryParse(size, out ByteSize bytes) ? $"size={bytes.Bytes}" : throw Refuse("tmpfs-size is a size such as 64m"));
        }

        if (values.TryGetValue("tmpfs-mode", out string? mode))
        {
            options.Add(mode is { Length: > 0 } && mode.All(digit => digit is >= '0' and <= '7') ? $"mode={mode}" : throw Refuse("tmpfs-mode is an octal number such as 1777"));
        }

        return MountArgument.OfTmpfs(Destination, options, Switch("readonly"));
    }

    private string Destination => MountArgument.ReadDestination(Required("target"), text);

    private string Text(string name, string missing) => values.GetValueOrDefault(name) ?? missing;

    private string Required(string name) => values.GetValueOrDefault(name) is { Length: > 0 } value ? value : throw Refuse($"{name} is missing");

    private bool Switch(string name) => values.TryGetValue(name, out string? value) && (value?.ToLower(CultureInfo.InvariantCulture) switch
    {
        null or "true" or "1" => true,
        "false" or "0" => false,
        _ => throw Refuse($"{name} is true or false, not '{value}'"),
    });

    /// <summary>Besides the keys of every type.</summary>
    private void Allow(params string[] names)
    {
        string[] common = ["type", "source", "target", "readonly", "consistency"];
        if (values.Keys.FirstOrDefault(name => !common.Contains(name) && !names.Contains(name)) is { } foreign)
        {
            throw Refuse($"{foreign} does not go with type={Text("type", "volume")}");
        }
    }

    private FormatException Refuse(string cause) => new($"invalid mount '{text}': {cause}");
}
