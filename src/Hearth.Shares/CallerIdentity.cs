using Hearth.Linux;
using Hearth.Linux.Files;
using Hearth.Linux.Processes;

namespace Hearth.Shares;

/// <summary>
/// The identity with which one serving thread acts: the guest's user in the request, or the server itself. It is created and used
/// on that thread only. The thread keeps an identity until another one is assumed.
/// </summary>
internal sealed class CallerIdentity
{
    private const uint Root = 0;

    /// <summary>The overflow id, which the kernel shows for an unmapped user. Here it stands for no user.</summary>
    private const uint Nobody = 65534;

    private const uint PermissionBits = 0x1ff;
    private const uint ServerMask = 0x12; // 022

    private uint uid;
    private uint gid;
    private uint mask = ServerMask;
    private bool hasGroups;
    private bool isKnown;

    /// <summary>Gives the calling thread its own working directory, umask and groups, without the groups of the program.</summary>
    public CallerIdentity()
    {
        Namespaces.Unshare(NamespaceKinds.FileSystemContext);
        DeviceNodes.SetCreationMask((int)mask);
        ThreadIdentity.SetGroups([]);
        Require(Root, Root);
    }

    public bool IsRoot => uid == Root;

    /// <summary>Acts for a user from now on, with the primary group only: a request contains no other groups.</summary>
    public void Assume(uint user, uint group)
    {
        if (hasGroups)
        {
            ThreadIdentity.SetGroups([]);
            hasGroups = false;
        }

        Require(user == uint.MaxValue ? Nobody : user, group == uint.MaxValue ? Nobody : group);
    }

    /// <summary>Adds groups to the user, until another user is assumed.</summary>
    public void AddGroups(params ReadOnlySpan<uint> groups)
    {
        ThreadIdentity.SetGroups(groups);
        hasGroups = true;
    }

    /// <summary>Sets the umask of the guest's process for the creation of files.</summary>
    public void SetMask(uint umask)
    {
        if (mask != (umask & PermissionBits))
        {
            // A thread that was started from this one shares the umask with it until this call.
            Namespaces.Unshare(NamespaceKinds.FileSystemContext);
            mask = umask & PermissionBits;
            DeviceNodes.SetCreationMask((int)mask);
        }
    }

    /// <summary>
    /// Acts as the server itself again. This must happen before an action that can start a thread: the runtime's pool starts its
    /// threads from the thread that queues work, and a new thread inherits the identity and the umask of the thread that starts it.
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

    /// <summary>Acts as the server itself until the interval is disposed, for internal work that needs no user's permission.</summary>
    public Interval AsServer()
    {
        var interval = new Interval(this, uid, gid);
        Require(Root, Root);
        return interval;
    }

    /// <summary>Until the result is disposed, written files lose their set-id bits, whoever writes.</summary>
    /// <param name="loses">False to let the kernel decide by the user.</param>
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

    /// <summary>An interval in which the thread acts as the server.</summary>
    internal readonly ref struct Interval(CallerIdentity identity, uint formerUser, uint formerGroup)
    {
        public void Dispose() => identity.Require(formerUser, formerGroup);
    }

    /// <summary>An interval without root's capability to keep set-id bits. Other users do not have it.</summary>
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
