using Hearth.Guest.Init.Mounts;
using Hearth.Guest.Protocol.Messages;

namespace Hearth.Guest.Init.Launching;

/// <summary>
/// Resolves docker's <c>-u user[:group]</c> in the container's own accounts. A name has precedence over a number. A number
/// needs no account; its group is then 0 and its home /. Supplementary groups are those that list the user, unless a group is
/// given.
/// </summary>
internal sealed class UserLookup(AccountFile users, AccountFile groups)
{
    private const int UserFields = 6;
    private const int GroupFields = 4;
    private const int IdField = 2;
    private const int PrimaryGroupField = 3;
    private const int HomeField = 5;
    private const int MembersField = 3;

    internal static UserLookup Load(ContainerTree tree) =>
        new(AccountFile.Load(tree, "/etc/passwd", UserFields), AccountFile.Load(tree, "/etc/group", GroupFields));

    internal static UserLookup Parse(string passwd, string group) =>
        new(AccountFile.Parse(passwd, UserFields), AccountFile.Parse(group, GroupFields));

    /// <exception cref="LaunchException">The image does not have the name.</exception>
    internal Identity Resolve(string specification)
    {
        int colon = specification.IndexOf(':', StringComparison.Ordinal);
        string user = colon < 0 ? specification : specification[..colon];
        string group = colon < 0 ? "" : specification[(colon + 1)..];

        string[]? account = FindAccount(user.Length == 0 ? "0" : user, out uint uid);
        uint gid = account is not null && AccountFile.TryParseId(account[PrimaryGroupField], out uint primary) ? primary : 0;
        string home = account?[HomeField] is { Length: > 0 } known ? known : "/";
        if (group.Length > 0)
        {
            return new Identity(uid, FindGroup(group), [], home);
        }

        return new Identity(uid, gid, account is null ? [] : FindMemberships(account[0]), home);
    }

    private string[]? FindAccount(string user, out uint uid)
    {
        if (users.FindName(user) is { } named && AccountFile.TryParseId(named[IdField], out uid))
        {
            return named;
        }

        return AccountFile.TryParseId(user, out uid)
            ? users.FindId(uid)
            : throw new LaunchException(StartFailure.UnknownUser, $"the image has no user '{user}' in /etc/passwd");
    }

    /// <exception cref="LaunchException">The image does not have the name.</exception>
    internal uint FindGroup(string group)
    {
        if (groups.FindName(group) is { } named && AccountFile.TryParseId(named[IdField], out uint gid))
        {
            return gid;
        }

        return AccountFile.TryParseId(group, out gid)
            ? gid
            : throw new LaunchException(StartFailure.UnknownUser, $"the image has no group '{group}' in /etc/group");
    }

    private uint[] FindMemberships(string user)
    {
        List<uint> found = [];
        foreach (string[] fields in groups.Lines)
        {
            if (Array.IndexOf(fields[MembersField].Split(','), user) >= 0 && AccountFile.TryParseId(fields[IdField], out uint gid) && !found.Contains(gid))
            {
                found.Add(gid);
            }
        }

        return [.. found];
    }
}
