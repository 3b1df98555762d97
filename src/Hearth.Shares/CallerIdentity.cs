using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Processes;

namespace Hearth.Shares;

/// <summary>
/// For whom one serving thread acts: a guest's user, as the request names it, or the server itself. Made and used on that thread
/// alone, which keeps the last one until another is asked for.
/// </summary>
internal sealed class CallerIdentity
{
    private const uint Root = 0;

    /// <summary>The overflow id: whom the kernel shows where it has nobody to show. Stands for no user at all.</summary>
    private const uint Nobody = 65534;

    private const uint PermissionBits = 0x1ff;
    private const uint ServerMask = 0x12; // 022

    private uint uid;
    private uint gid;
    private uint mask = ServerMask;
    private bool hasGroups;
    private bool isKnown;

    /// <summary>Sets the calling thread apart: working directory, umask and groups of its own, and none of the program's groups.</summary>
    public CallerIdentity()
    {
        Namespaces.Unshare(NamespaceKinds.FileSystemContext);
        DeviceNodes.SetCreationMask((int)mask);
        ThreadIdentity.SetGroups([]);
        Require(Root, Root);
    }

    public bool IsRoot => uid == Root;

    /// <summary>Acts for a user from now on, with the primary group alone: a request tells no others.</summary>
    public void Assume(uint user, uint group)
    {
        if (hasGroups)
        {
            ThreadIdentity.SetGroups([]);
            hasGroups = false;
        }

        Require(user == uint.MaxValue ? Nobody : user, group == uint.MaxValue ? Nobody : group);
    }

    /// <summary>Gives the user further groups, until another is assumed.</summary>
    public void AddGroups(params ReadOnlySpan<uint> groups)
    {
        ThreadIdentity.SetGroups(groups);
        hasGroups = true;
    }

    /// <summary>What the guest's process leaves out of the modes of what it makes.</summary>
    public void SetMask(uint umask)
    {
        if (mask != (umask & PermissionBits))
        {
            // A thread that was started from this one shares the mask with it until then.
            Namespaces.Unshare(NamespaceKinds.FileSystemContext);
            mask = umask & PermissionBits;
            DeviceNodes.SetCreationMask((int)mask);
        }
    }

    /// <summary>
    /// Is the server itself again. Whatever wakes somebody else comes after it: the runtime's pool starts its threads from the
    /// thread that gives it work, and a thread has the identity and the mask of the one that starts it.
    /// </summary>
    public void Rest()
    {
        if (hasGroups)
        {
            ThreadIdentity.SetGroups([]);
            hasGroups = false;
        }

        Require(Root, Root);
        SetMask(ServerMask);
    }

    /// <summary>Acts as the server itself until disposed of, for what is its own business and no user's.</summary>
    public Interval AsServer()
    {
        var interval = new Interval(this, uid, gid);
        Require(Root, Root);
        return interval;
    }

    /// <summary>Until disposed of, what is written loses its set-id bits, whoever writes.</summary>
    /// <param name="loses">False to leave it to who the caller is.</param>
    public SetIdLoss LosingSetIds(bool loses) => new(loses && IsRoot);

    private void Require(uint user, uint group)
    {
        if (isKnown && uid == user && gid == group)
        {
            return;
        }

        isKnown = ThreadIdentity.TryAssume(user, group);
        if (!isKnown)
        {
            throw new LinuxException("setfsuid", Errno.EPERM, $"{user}:{group}");
        }

        uid = user;
        gid = group;
    }

    /// <summary>A stretch of acting as the server.</summary>
    internal readonly ref struct Interval(CallerIdentity identity, uint formerUser, uint formerGroup)
    {
        public void Dispose() => identity.Require(formerUser, formerGroup);
    }

    /// <summary>A stretch without the one right that root has to keep set-id bits. Whoever is not root has none.</summary>
    internal readonly ref struct SetIdLoss
    {
        private readonly bool isOn;

        public SetIdLoss(bool isOn)
        {
            this.isOn = isOn;
            if (isOn)
            {
                ThreadIdentity.SetKeepsSetIds(false);
            }
        }

        public void Dispose()
        {
            if (isOn)
            {
                ThreadIdentity.SetKeepsSetIds(true);
            }
        }
    }
}
