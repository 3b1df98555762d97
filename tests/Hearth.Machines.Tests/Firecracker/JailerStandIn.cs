namespace Hearth.Machines.Tests.Firecracker;

/// <summary>
/// A script in the jailer's place: it takes the jailer's documented arguments and no others, writes them down, copies the
/// program into the jail, and becomes it there as the user. Since that program is no static one, it is given the host's
/// programs and libraries, mounted where only it sees them.
/// </summary>
internal static class JailerStandIn
{
    /// <summary>Beneath the base directory.</summary>
    internal const string ArgumentsFile = "arguments";

    /// <returns>Its path.</returns>
    internal static string Write(string path)
    {
        File.WriteAllText(path, $$"""
            #!/bin/sh
            set -eu
            arguments=$(printf '%s\n' "$@")
            while [ $# -gt 0 ]; do
                case "$1" in
                    --id) id=$2 ;;
                    --exec-file) program=$2 ;;
                    --uid) uid=$2 ;;
                    --gid) gid=$2 ;;
                    --chroot-base-dir) base=$2 ;;
                    --netns | --cgroup | --cgroup-version | --parent-cgroup) ;;
                    --) shift; break ;;
                    *) echo "jailer: unknown argument $1" >&2; exit 1 ;;
                esac
                shift 2
            done
            printf '%s\n' "$arguments" >"$base/{{ArgumentsFile}}"
            name=$(basename "$program")
            root=$base/$name/$id/root
            cp "$program" "$root/$name"
            chmod 755 "$root/$name"
            for directory in /usr /bin /sbin /lib /lib64 /etc /proc /dev '{{AppContext.BaseDirectory}}'; do
                [ -d "$directory" ] || continue
                mkdir -p "$root$directory"
                mount --rbind "$directory" "$root$directory"
            done
            mkdir -p "$root/tmp"
            chmod 1777 "$root/tmp"
            chown "$uid:$gid" "$root"
            export DOTNET_EnableDiagnostics=0
            exec chroot "$root" setpriv --reuid "$uid" --regid "$gid" --clear-groups --no-new-privs --inh-caps=-all --bounding-set=-all \
                "/$name" --id "$id" "$@"

            """);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        return path;
    }
}
